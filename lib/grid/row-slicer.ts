import { GridFormatError } from '../errors.ts'
import { ElementSlicer } from '../json/element-slicer.ts'
import type { Taker } from '../json/taker.ts'

/** Cuts the inside of a rows array into rows. A taker takes the plain ones as they lie in a piece. */
export class RowSlicer extends ElementSlicer {
  readonly #width: number
  readonly #takerOf: () => Taker<unknown>

  /**
   * `offset` is where the first row would start in the body, in bytes; `width` 0 is any number of cells. The taker may be
   * another for each piece.
   */
  constructor(offset: number, width: number, takerOf: () => Taker<unknown>) {
    super('row', offset)
    this.#width = width
    this.#takerOf = takerOf
  }

  protected override run(piece: Buffer, from: number): number {
    if (this.#width === 0) return from
    const taker = this.#takerOf()
    const stop = taker.run(piece, from, this.#width)
    this.closed = taker.closed
    return stop
  }

  protected override runOne(bytes: Buffer): boolean {
    return this.#width > 0 && (this.#takerOf().runOne?.(bytes, this.#width) ?? false)
  }

  protected override add(row: unknown, offset: number): void {
    if (!Array.isArray(row)) throw new GridFormatError('A row that is not an array', { offset })
    if (this.#width > 0 && row.length !== this.#width) {
      throw new GridFormatError(`A row of ${row.length} cells under ${this.#width} headers`, { offset })
    }
    this.#takerOf().add(row)
  }
}
