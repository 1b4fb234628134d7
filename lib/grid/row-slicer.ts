import { GridFormatError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson } from './bytes.ts'
import type { Row } from './grid.ts'
import type { RowLane } from './row-lane.ts'
import { closeBrace, comma, maxDepth, Scanner } from './scan.ts'

/**
 * Cuts the inside of a rows array into rows. A lane takes the plain ones as they lie in a piece; a row that it won't
 * take, or that a piece ends in, is gathered by a scan that knows strings and depth, and handed to `JSON.parse`.
 */
export class RowSlicer {
  /** A row whose end has not come yet. */
  readonly #pending = new ByteBuffer()
  readonly #scanner = new Scanner()
  readonly #width: number
  #rowOffset: number
  #rowExpected = false

  /** `offset` is where the first row would start in the body, in bytes; `width` 0 is any number of cells. */
  constructor(offset: number, width: number) {
    this.#rowOffset = offset
    this.#width = width
  }

  /** How many bytes of an unfinished row are held. */
  get held(): number {
    return this.#pending.length
  }

  /** Hands on the rows that end in this piece; returns the index behind the array's end, or -1 where it goes on. */
  read(piece: Buffer, offset: number, lane: RowLane<unknown>): number {
    let at = 0
    for (;;) {
      if (this.#pending.length === 0 && this.#width > 0) {
        const start = at
        at = lane.run(piece, start, this.#width)
        if (lane.closed) return at + 1
        if (at > start) this.#startRow(offset + at)
      }
      const end = this.#scanner.next(piece, at)
      if (this.#scanner.depth > maxDepth) {
        throw new GridFormatError(`A cell nested deeper than ${maxDepth}`, { offset: offset + end })
      }
      this.#pending.append(piece.subarray(at, end === -1 ? piece.length : end))
      if (end === -1) return -1
      const closed = piece[end] !== comma
      if (piece[end] === closeBrace) throw new GridFormatError('Malformed JSON', { offset: offset + end })
      const row = this.#parsed()
      if (row !== undefined) lane.add(row)
      else if (this.#rowExpected || !closed) {
        throw new GridFormatError('Malformed JSON: a row is missing', { offset: offset + end })
      }
      this.#startRow(offset + end + 1)
      at = end + 1
      if (closed) return at
    }
  }

  #parsed(): Row | undefined {
    const bytes = this.#pending.view()
    let row: unknown
    try {
      row = parseJson(bytes)
    } catch (error) {
      if (isBlank(bytes)) return undefined
      throw formatError(error, bytes, this.#rowOffset)
    }
    if (!Array.isArray(row))
      throw new GridFormatError('A row that is not an array', { offset: this.#rowOffset })
    if (this.#width > 0 && row.length !== this.#width) {
      throw new GridFormatError(`A row of ${row.length} cells under ${this.#width} headers`, {
        offset: this.#rowOffset,
      })
    }
    return row
  }

  #startRow(offset: number): void {
    this.#pending.clear()
    this.#scanner.reset()
    this.#rowOffset = offset
    this.#rowExpected = true
  }
}

function isBlank(bytes: Buffer): boolean {
  return /^[ \t\r\n]*$/.test(bytes.toString('latin1'))
}
