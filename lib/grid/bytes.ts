import { isAscii, isUtf8 } from 'node:buffer'
import { GridFormatError } from '../errors.ts'

const smallest = 4 * 1024

/** Bytes gathered piece by piece, in memory that grows by doubling. */
export class ByteBuffer {
  #bytes = Buffer.allocUnsafe(smallest)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
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
    if (this.#bytes.length > 1024 * 1024) this.#bytes = Buffer.allocUnsafe(smallest)
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
  const { message } = error as Error
  if (error instanceof TypeError) return excerptError('Invalid UTF-8', bytes, invalidUtf8At(bytes), offset)
  const at = /at position (\d+)/.exec(message)?.[1]
  const position = at === undefined ? bytes.length : Buffer.byteLength(bytes.toString().slice(0, Number(at)))
  return excerptError('Malformed JSON', bytes, position, offset)
}

export function excerptError(
  message: string,
  bytes: Buffer,
  position: number,
  offset: number,
): GridFormatError {
  const excerpt = bytes.toString('utf8', Math.max(0, position - 20), Math.min(bytes.length, position + 20))
  return new GridFormatError(message, { offset: offset + position, excerpt })
}

function invalidUtf8At(bytes: Buffer): number {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    // A character cut in two at `middle` is not what is looked for: allow for its missing end.
    const cut = [0, 1, 2, 3].some((back) => back <= middle && isUtf8(bytes.subarray(0, middle - back)))
    if (cut) valid = middle
    else invalid = middle
  }
  return valid
}
