import { isAscii, isUtf8 } from 'node:buffer'
import { GridFormatError } from '../errors.ts'
import { malformedAt } from './malformed.ts'

const smallest = 1024
const empty = Buffer.alloc(0)

/** Bytes gathered piece by piece, in memory that grows by doubling. */
export class ByteBuffer {
  #bytes: Buffer = empty
  #length = 0

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, smallest, this.#bytes.length * 2))
      larger.set(this.view())
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = needed
  }

  /** What was gathered, valid until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
    if (this.#bytes.length > 1024 * 1024) this.#bytes = empty
  }
}

/** `JSON.parse` of UTF-8 bytes. Throws a SyntaxError, or a TypeError where the bytes are not UTF-8. */
export function parseJson(bytes: Buffer): unknown {
  if (isAscii(bytes)) return JSON.parse(bytes.toString('latin1'))
  if (!isUtf8(bytes)) throw new TypeError('invalid UTF-8')
  return JSON.parse(bytes.toString())
}

/** Where, in bytes, and why `parseJson` gave up on these bytes, which start at `offset` of the body. */
export function formatError(error: unknown, bytes: Buffer, offset: number): GridFormatError {
  if (error instanceof TypeError) return utf8Error(bytes, offset)
  return excerptError('Malformed JSON', bytes, malformedAt(bytes), offset)
}

/** Where, in bytes, these are no UTF-8. */
export function utf8Error(bytes: Buffer, offset: number): GridFormatError {
  const position = longestFine(bytes.length, (length) => {
    const start = bytes.subarray(0, length)
    return isUtf8(start.subarray(0, length - unfinished(start)))
  })
  const whole = position - unfinished(bytes.subarray(0, position))
  return excerptError('Invalid UTF-8', bytes, whole, offset)
}

/** How many bytes at the end are the beginning of a character. */
export function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return length > back && byte < 0xf8 ? back : 0
  }
  return 0
}

/** The last length up to `longest` that is fine, where all shorter ones are. */
function longestFine(longest: number, isFine: (length: number) => boolean): number {
  let fine = 0
  let wrong = longest + 1
  while (wrong - fine > 1) {
    const middle = (fine + wrong) >> 1
    if (isFine(middle)) fine = middle
    else wrong = middle
  }
  return fine
}

/** Something is wrong at `position` of these bytes, which start at `offset` of the body. */
export function excerptError(
  message: string,
  bytes: Buffer,
  position: number,
  offset: number,
): GridFormatError {
  const excerpt = bytes.toString('utf8', Math.max(0, position - 20), Math.min(bytes.length, position + 20))
  return new GridFormatError(message, { offset: offset + position, excerpt })
}
