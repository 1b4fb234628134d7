import { GridFormatError, TruncatedResponseError } from '../errors.ts'
import { backslash, closeBrace, closeBracket, openBracket, quote } from './scan.ts'

const openBrace = 0x7b
const space = ' \t\r\n'

/** What can stand behind a bracket, or behind the end of a string, in JSON. Anything else puts it inside a string. */
const followers = {
  [openBrace]: bytesOf(`${space}"}`),
  [openBracket]: bytesOf(`${space}"{[]-0123456789tfn`),
  [closeBrace]: bytesOf(`${space},]}`),
  [closeBracket]: bytesOf(`${space},]}`),
}
type Bracket = keyof typeof followers
const behindString = bytesOf(`${space},:]}`)
const blank = bytesOf(space)

/** What is deeper only takes memory. */
const maxDepth = 1_000_000
/** Chunks below this are not worth a look ahead of the walk. */
const smallest = 1024
/** How far from its end a chunk is searched for a place that tells what is a string there. */
const searched = 4096

/**
 * Finds the end of one JSON object in its bytes, chunk by chunk: whether the outermost brace is closed, and nothing
 * follows it. A bracket that closes one of another kind is told where it is seen; all else is for a parser to say.
 *
 * A walk over every byte, which knows strings and the open brackets, runs at some 400 MB/s. Most of a long body needs
 * none. A chunk of rows without a brace leaves the objects open that were open, whatever it does to arrays; and a chunk
 * of objects without a bracket leaves the arrays. So it is enough to know that there is none, at the speed of `indexOf`,
 * and to find out what is a string where the chunk ends. Braces within strings, such as those of coordinates, mostly
 * show by the byte behind them. A chunk of which that can't be said for certain is walked over.
 */
export class JsonEnd {
  /** The brackets known to be open, outermost first. */
  #open: number[] = []
  /** Above those, any number of this kind, where a chunk was not walked over, and above them `#inner`. */
  #unknown: number | undefined
  #inner: number[] = []
  #inString = false
  #escaped = false
  #state: 'before' | 'inside' | 'behind' = 'before'
  #offset = 0

  /** @throws GridFormatError where a bracket closes one of another kind, nests too deep, or something follows the end. */
  write(bytes: Buffer): void {
    if (this.#state !== 'inside' || !this.#skip(bytes)) this.#walk(bytes)
    this.#offset += bytes.length
  }

  /** @throws TruncatedResponseError where the object was not closed. */
  end(): void {
    if (this.#state === 'behind') return
    throw new TruncatedResponseError(`The JSON stops in the middle, after ${this.#offset} bytes`, {
      unit: 'bytes',
      received: this.#offset,
    })
  }

  #skip(bytes: Buffer): boolean {
    if (bytes.length < smallest) return false
    if (this.#isLeft(bytes, openBrace, closeBrace)) return this.#skipWithin(bytes, openBrace, openBracket)
    if (this.#isLeft(bytes, openBracket, closeBracket)) {
      return this.#skipWithin(bytes, openBracket, openBrace)
    }
    return false
  }

  /** Whether the innermost bracket of a kind is a known one, and the chunk has none of that kind. */
  #isLeft(bytes: Buffer, opening: Bracket, closing: Bracket): boolean {
    if (this.#unknown === opening || this.#inner.includes(opening) || !this.#open.includes(opening))
      return false
    return isFreeOf(bytes, opening) && isFreeOf(bytes, closing)
  }

  #skipWithin(bytes: Buffer, innermost: number, unknown: number): boolean {
    if (this.#inString || bytes.includes(quote)) {
      const opening = lastOpeningQuote(bytes)
      if (opening === -1) return false
      this.#inString = false
      this.#escaped = false
      this.#strings(bytes, opening)
    }
    this.#open.length = this.#open.lastIndexOf(innermost) + 1
    this.#unknown = unknown
    this.#inner = []
    return true
  }

  /** Walks over the strings of the rest of a chunk. */
  #strings(bytes: Buffer, from: number): void {
    for (let at = from; at < bytes.length; at++) {
      if (this.#inString) at = this.#skipString(bytes, at) - 1
      else this.#inString = bytes[at] === quote
    }
  }

  #walk(bytes: Buffer): void {
    const end = bytes.length
    let at = 0
    if (this.#state === 'before') {
      at = bytes.indexOf(openBrace)
      if (at === -1) return
      this.#state = 'inside'
    }
    if (this.#inString) at = this.#skipString(bytes, at)
    for (; at < end && this.#state === 'inside'; at++) {
      const byte = bytes[at]!
      if (byte === quote) {
        this.#inString = true
        at = this.#skipString(bytes, at + 1) - 1
      } else if (byte === openBracket || byte === openBrace) this.#enter(byte, bytes, at)
      else if (byte === closeBracket || byte === closeBrace) this.#leave(byte - 2, bytes, at)
    }
    while (at < end && blank[bytes[at]!]) at++
    if (at < end) throw this.#error('Something follows the end of the JSON', bytes, at)
  }

  #enter(opening: number, bytes: Buffer, at: number): void {
    const stack = this.#unknown === undefined ? this.#open : this.#inner
    if (stack.push(opening) > maxDepth) throw this.#error(`Nested deeper than ${maxDepth}`, bytes, at)
  }

  #leave(opening: number, bytes: Buffer, at: number): void {
    if (this.#inner.length === 0) {
      if (opening === this.#unknown) return
      this.#unknown = undefined
    }
    const innermost = (this.#inner.length > 0 ? this.#inner : this.#open).pop()
    if (innermost !== opening) throw this.#error('Malformed JSON: a bracket closes another', bytes, at)
    if (this.#open.length === 0) this.#state = 'behind'
  }

  /** Walks on to behind the end of the string that `from` lies in. */
  #skipString(bytes: Buffer, from: number): number {
    const end = bytes.length
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      at++
    }
    for (; at < end; at++) {
      const byte = bytes[at]
      if (byte === quote) {
        this.#inString = false
        return at + 1
      }
      if (byte === backslash && ++at === end) this.#escaped = true
    }
    return end
  }

  #error(message: string, bytes: Buffer, at: number): GridFormatError {
    const excerpt = bytes.toString('utf8', at, at + 40)
    return new GridFormatError(message, { offset: this.#offset + at, excerpt })
  }
}

/** Whether each of these brackets, if any, is inside a string. */
function isFreeOf(bytes: Buffer, bracket: Bracket): boolean {
  const possible = followers[bracket]
  for (let at = bytes.indexOf(bracket); at !== -1; at = bytes.indexOf(bracket, at + 1)) {
    if (at + 1 === bytes.length || possible[bytes[at + 1]!]) return false
  }
  return true
}

/**
 * The last quote, of those near the end, that must open a string: no end of one can stand before what follows it, and
 * inside one it would be escaped. -1 where there is none.
 */
function lastOpeningQuote(bytes: Buffer): number {
  const first = Math.max(1, bytes.length - searched)
  for (let at = bytes.length - 2; at >= first; at--) {
    if (bytes[at] === quote && bytes[at - 1] !== backslash && !behindString[bytes[at + 1]!]) return at
  }
  return -1
}

function bytesOf(text: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(text)) table[byte] = 1
  return table
}
