import { GridFormatError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson } from './bytes.ts'
import { closeBrace, comma, maxDepth, Scanner } from './scan.ts'

/** Where one object of a compact list ends and the next begins, unless it is inside a string or nested. */
const boundary = Buffer.from('},{')
const opening = Buffer.from('[')
const closing = Buffer.from(']')

/**
 * Cuts the inside of an array of objects into slices for `JSON.parse`: up to the last thing in a piece that looks like
 * a boundary, which the parse proves, as what was cut inside a string or a nested value does not parse. What a piece
 * ends in, or has no proven boundary, is gathered by a scan that knows strings and depth.
 */
export class ObjectSlicer {
  readonly #pending = new ByteBuffer()
  readonly #scanner = new Scanner()
  #objects: unknown[] = []
  #start: number
  #expected = false

  /** `offset` is where the first object would start in the body, in bytes. */
  constructor(offset: number) {
    this.#start = offset
  }

  /** How many bytes of an unfinished object are held. */
  get held(): number {
    return this.#pending.length
  }

  /** What ended since the last call. */
  take(): unknown[] {
    const objects = this.#objects
    this.#objects = []
    return objects
  }

  /** Reads a piece; returns the index behind the array's end, or -1 where it goes on. */
  read(piece: Buffer, offset: number): number {
    let guessable = true
    for (let at = 0; ; ) {
      if (guessable && this.#pending.length === 0) {
        guessable = false
        const stop = this.#guess(piece, at)
        if (stop > at) {
          at = stop
          this.#next(offset + at)
        }
      }
      const end = this.#scanner.next(piece, at)
      if (this.#scanner.depth > maxDepth) {
        throw new GridFormatError(`A value nested deeper than ${maxDepth}`, { offset: offset + end })
      }
      this.#pending.append(piece.subarray(at, end === -1 ? piece.length : end))
      if (end === -1) return -1
      if (piece[end] === closeBrace) throw new GridFormatError('Malformed JSON', { offset: offset + end })
      const goesOn = piece[end] === comma
      const bytes = this.#pending.view()
      if (!isBlank(bytes)) this.#objects.push(this.#parsed(bytes))
      else if (this.#expected || goesOn) {
        throw new GridFormatError('Malformed JSON: a value is missing', { offset: offset + end })
      }
      at = end + 1
      this.#next(offset + at)
      if (!goesOn) return at
    }
  }

  #guess(piece: Buffer, from: number): number {
    const at = piece.lastIndexOf(boundary)
    if (at < from) return from
    try {
      const slice = piece.subarray(from, at + 1)
      for (const each of parseJson(Buffer.concat([opening, slice, closing])) as unknown[])
        this.#objects.push(each)
      return at + 2
    } catch {
      return from
    }
  }

  #parsed(bytes: Buffer): unknown {
    try {
      return parseJson(bytes)
    } catch (error) {
      throw formatError(error, bytes, this.#start)
    }
  }

  #next(offset: number): void {
    this.#pending.clear()
    this.#scanner.reset()
    this.#start = offset
    this.#expected = true
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
}
