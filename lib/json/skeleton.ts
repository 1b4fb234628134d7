import { getManyValues, isMany } from 'stream-chain/defs.js'
import { jsonParser } from 'stream-json/core/parser.js'
import { ByteBuffer, excerptError, formatError, parseJson, unfinished } from './bytes.ts'
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  isBlank,
  openBrace,
  openBracket,
  quote,
} from './scan.ts'

/** What ends a number or a word: marks and white space. */
const endsWord = new Uint8Array(256)
for (const byte of Buffer.from('{}[],:" \t\r\n')) endsWord[byte] = 1

/**
 * An object of a body, behind its opening brace, as stream-json reads it while every value in it is folded to an empty
 * one: `{"":[],"":{},"":[],"":""}`. So stream-json, a strict tokenizer, is the authority on which key a value belongs to
 * and on all punctuation between values. It is handed one mark at a time, which is how its refusals come to have a
 * place, and nothing of any length, so that all that is held is the key or plain value that is being read. Those are
 * for `JSON.parse`.
 */
export class Skeleton {
  /** Keys and values seen so far. */
  readonly fields = new Map<string, unknown>()
  /** How many there were, those of a key that came before included: they take as long to read. */
  fieldCount = 0
  /** The key whose value comes next, or came last. */
  key = ''
  /** Whether the object has ended. */
  complete = false
  readonly #tokenize = jsonParser({ packValues: true, streamValues: false })
  #depth = 0
  /** A key or a plain value, as far as it was read. */
  readonly #held = new ByteBuffer()
  #holding: 'nothing' | 'text' | 'a word' = 'nothing'
  #heldFrom = 0
  #isKey = false
  #isEscaped = false

  constructor() {
    this.#take('{')
  }

  /** Takes the value of the key. */
  keep(value: unknown): void {
    this.fields.set(this.key, value)
    this.fieldCount += 1
  }

  /** Reads on to an opening bracket or brace, or to behind the object's end. `offset` is where `piece` starts in the body. */
  read(piece: Buffer, offset: number): number {
    for (let at = 0; at < piece.length; ) {
      if (this.#holding !== 'nothing') {
        at = this.#hold(piece, at)
        continue
      }
      const byte = piece[at]!
      if (isBlank(byte)) at++
      else if (byte === openBrace || byte === openBracket) {
        this.#judge(byte === openBrace ? '{}' : '[]', piece, at, offset)
        return at
      } else if (byte === comma || byte === colon || byte === closeBrace || byte === closeBracket) {
        this.#judge(String.fromCharCode(byte), piece, at, offset)
        at++
        if (this.complete) return at
      } else {
        if (byte === quote) this.#judge('""', piece, at, offset)
        this.#holding = byte === quote ? 'text' : 'a word'
        this.#heldFrom = offset + at
      }
    }
    return piece.length
  }

  /** The body has ended. False where the object has not; throws where more is wrong than that. */
  end(): boolean {
    if (this.#holding === 'nothing') return this.complete
    const all = this.#held.view()
    const bytes = all.subarray(0, all.length - unfinished(all))
    if (bytes.length === 0) return false
    if (this.#holding === 'a word') this.#judge('[]', bytes, 0, this.#heldFrom)
    try {
      parseJson(bytes)
    } catch (cause) {
      const error = formatError(cause, bytes, this.#heldFrom)
      if (error.offset < this.#heldFrom + bytes.length) throw error
    }
    return false
  }

  /** Whether a mark may stand here, and what it makes of what comes. */
  #judge(mark: string, piece: Buffer, at: number, offset: number): void {
    try {
      this.#take(mark)
    } catch {
      throw excerptError('Malformed JSON', piece, at, offset)
    }
  }

  #take(mark: string): void {
    const tokens = this.#tokenize(mark)
    this.#isKey = false
    if (!isMany(tokens)) return
    for (const { name } of getManyValues(tokens)) {
      if (name === 'keyValue') this.#isKey = true
      else if (name === 'startObject') this.#depth += 1
      else if (name === 'endObject') this.#depth -= 1
    }
    this.complete = this.#depth === 0
  }

  #hold(piece: Buffer, from: number): number {
    const end = this.#holding === 'text' ? this.#behindText(piece, from) : behindWord(piece, from)
    const part = piece.subarray(from, end === -1 ? piece.length : end)
    if (end === -1 || this.#held.length > 0) this.#held.append(part)
    if (end === -1) return piece.length
    const bytes = this.#held.length > 0 ? this.#held.view() : part
    // Only now, as what a body is cut short in need not be one yet.
    if (this.#holding === 'a word') this.#judge('[]', bytes, 0, this.#heldFrom)
    this.#holding = 'nothing'
    let value: unknown
    try {
      value = parseJson(bytes)
    } catch (error) {
      throw formatError(error, bytes, this.#heldFrom)
    }
    this.#held.clear()
    if (this.#isKey) this.key = value as string
    else this.keep(value)
    return end
  }

  #behindText(piece: Buffer, from: number): number {
    let at = this.#held.length === 0 ? from + 1 : from
    if (this.#isEscaped && at < piece.length) {
      this.#isEscaped = false
      at++
    }
    for (; at < piece.length; at++) {
      const byte = piece[at]
      if (byte === quote) return at + 1
      if (byte === backslash && ++at === piece.length) this.#isEscaped = true
    }
    return -1
  }
}

function behindWord(piece: Buffer, from: number): number {
  const length = piece.subarray(from).findIndex((byte) => endsWord[byte] === 1)
  return length === -1 ? -1 : from + length
}
