import { getManyValues, isMany, none } from 'stream-chain/defs.js'
import { jsonParser, type Token } from 'stream-json/core/parser.js'
import { GridFormatError } from '../errors.ts'
import { malformedAt } from './bytes.ts'

/**
 * The outermost object of a body, as stream-json reads it while every object and array inside it is folded to an
 * empty pair: `{"headers":[],"metaData":{},"rows":[],"height":2}`. So stream-json, an incremental and strict
 * tokenizer, is the authority on which key a value belongs to and on all punctuation between values, at no cost
 * per byte of the values.
 */
export class Skeleton {
  /** Keys and plain values seen so far. */
  readonly fields = new Map<string, unknown>()
  /** The key whose value comes next, or came last. */
  key = ''
  depth = 0
  /** Whether the outermost value has ended. */
  complete = false
  #tokenize = tokenizer()
  readonly #pieces: { text: string; offset: number }[] = []
  #length = 0

  /** How many characters were read: what a body can make this hold on to. */
  get length(): number {
    return this.#length
  }

  /** Reads on. `offset` is where `text` starts in the body, in bytes. */
  read(text: string, offset: number): void {
    if (text === '') return
    this.#pieces.push({ text, offset })
    this.#length += text.length
    try {
      this.#consume(this.#tokenize(text))
    } catch (cause) {
      throw this.#located(cause) ?? cause
    }
  }

  /** The body has ended. False where the outermost value has not. */
  end(): boolean {
    try {
      // The mark of the end in stream-chain's protocol, which its types leave out.
      this.#consume(this.#tokenize(none as unknown as string))
    } catch (cause) {
      const error = this.#located(cause)
      if (error) throw error
      return false
    }
    return this.complete
  }

  #consume(tokens: ReturnType<ReturnType<typeof tokenizer>>): void {
    if (!isMany(tokens)) return
    for (const token of getManyValues(tokens)) this.#take(token)
  }

  #take(token: Token): void {
    switch (token.name) {
      case 'startObject':
      case 'startArray':
        this.depth += 1
        return
      case 'endObject':
      case 'endArray':
        this.depth -= 1
        this.complete = this.depth === 0
        return
      case 'keyValue':
        this.key = token.value
        return
      case 'numberValue':
        this.fields.set(this.key, Number(token.value))
        return
      case 'stringValue':
      case 'trueValue':
      case 'falseValue':
      case 'nullValue':
        this.fields.set(this.key, token.value)
    }
  }

  /**
   * stream-json does not say where it stopped, and of a word such as `trux` it waits for the end of the body.
   * Undefined where nothing is wrong but that the end is missing.
   */
  #located(cause: unknown): GridFormatError | undefined {
    const text = this.#pieces.map((piece) => piece.text).join('')
    let at = malformedAt(text)
    if (at === text.length) return undefined
    const excerpt = text.slice(Math.max(0, at - 20), at + 20)
    const piece = this.#pieces.find((each) => {
      const isHere = at < each.text.length
      if (!isHere) at -= each.text.length
      return isHere
    })!
    const offset = piece.offset + Buffer.byteLength(piece.text.slice(0, at))
    return new GridFormatError('Malformed JSON', { cause, offset, excerpt })
  }
}

function tokenizer() {
  return jsonParser({ packValues: true, streamValues: false })
}
