import { GridFormatError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson } from './bytes.ts'
import type { ArraySlicer } from './frame-reader.ts'
import { closeBrace, comma, isBlank, maxDepth, Scanner } from './scan.ts'

const behind = Buffer.from(',')

/**
 * Cuts the inside of an array into its elements. Those that lie whole in a piece are run over at speed; one that is
 * left out there, or that a piece ends in, is gathered by a scan that knows strings and depth, and handed to
 * `JSON.parse`.
 */
export abstract class ElementSlicer implements ArraySlicer {
  /** Whether the last run ended at the bracket that closes the array. */
  protected closed = false
  /** An element whose end has not come yet. */
  readonly #pending = new ByteBuffer()
  readonly #scanner = new Scanner()
  readonly #what: string
  #start: number
  #expected = false

  /** `what` an element is, for messages; `offset` is where the first one would start in the body, in bytes. */
  constructor(what: string, offset: number) {
    this.#what = what
    this.#start = offset
  }

  get held(): number {
    return this.#pending.length + this.#scanner.extraBytes
  }

  /** What was read of an element whose end has not come yet: valid until more is read. */
  get unfinished(): Buffer {
    return this.#pending.view()
  }

  /** Takes whole elements of a piece, where one starts at `from`. Returns the start of the first that is left out. */
  protected abstract run(piece: Buffer, from: number): number

  /** Takes an element whose bytes came in more than one piece, a comma behind it, where it is one to run over. */
  protected runOne(_bytes: Buffer): boolean {
    return false
  }

  /** Takes an element that was parsed, which starts at `offset` of the body. */
  protected abstract add(element: unknown, offset: number): void

  read(piece: Buffer, offset: number): number {
    for (let at = 0; ; ) {
      if (this.#pending.length === 0) {
        const stop = this.run(piece, at)
        if (this.closed) return stop + 1
        if (stop > at) this.#next(offset + stop)
        at = stop
      }
      const end = this.#scanner.next(piece, at)
      if (this.#scanner.depth > maxDepth) {
        throw new GridFormatError(`A ${this.#what} nested deeper than ${maxDepth}`, { offset: offset + end })
      }
      const isCut = this.#pending.length > 0
      this.#pending.append(piece.subarray(at, end === -1 ? piece.length : end))
      if (end === -1) return -1
      if (piece[end] === closeBrace) throw new GridFormatError('Malformed JSON', { offset: offset + end })
      const goesOn = piece[end] === comma
      const bytes = this.#pending.view()
      if (!bytes.every(isBlank)) {
        if (!isCut || !this.#runCut()) this.add(this.#parsed(bytes), this.#start)
      } else if (this.#expected || goesOn) {
        throw new GridFormatError(`Malformed JSON: a ${this.#what} is missing`, { offset: offset + end })
      }
      at = end + 1
      this.#next(offset + at)
      if (!goesOn) return at
    }
  }

  #runCut(): boolean {
    this.#pending.append(behind)
    return this.runOne(this.#pending.view())
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
