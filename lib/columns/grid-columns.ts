import { valueTypeOf } from '../cells/cast-cell.ts'
import type { Header } from '../grid/grid.ts'
import type { Block } from '../kernel/block.ts'
import type { ColumnBuilder, HeldText } from './column-builder.ts'
import { PlainBuilder } from './plain-builder.ts'
import { TextBuilder } from './text-builder.ts'
import { UntypedBuilder } from './untyped-builder.ts'
import { ValueBuilder } from './value-builder.ts'
import { readerOf } from './value-kind.ts'

/** However few the rows, no more text than this is gathered, so that long cells stay within bounds too. */
const mostText = 16 * 1024 * 1024

type BuilderOf = (header: Header, capacity: number, held: HeldText) => ColumnBuilder

/** The columns of a grid, gathered some rows at a time. */
export class GridColumns {
  readonly builders: ColumnBuilder[]
  readonly #capacity: number
  readonly #onFull: () => void
  readonly #held: HeldText = { length: 0 }
  /** How many rows there were, in all, and of those not taken yet. */
  rowCount = 0
  length = 0

  /**
   * `onFull` is called after each `capacity` rows, and where their text is long after fewer; it takes the cells of all
   * builders. `builderOf` makes those of other cells than the headers say.
   */
  constructor(
    headers: readonly Header[],
    capacity: number,
    onFull: () => void,
    builderOf: BuilderOf = builderOfHeader,
  ) {
    this.#capacity = capacity
    this.#onFull = onFull
    this.builders = headers.map((header) => builderOf(header, capacity, this.#held))
  }

  /** For each column whether it takes the numbers of cells, where they are known. */
  get numeric(): readonly boolean[] {
    return this.builders.map(({ takesNumbers }) => takesNumbers === true)
  }

  /** @throws RowError for a cell that does not fit its column */
  addBlock({ rowCount, columns }: Block): void {
    for (let from = 0; from < rowCount; ) {
      const to = Math.min(rowCount, from + this.#capacity - this.length)
      for (let i = 0; i < columns.length; i++) {
        this.builders[i]!.addColumn(columns[i]!, from, to, this.rowCount + 1)
      }
      this.#count(to - from)
      from = to
    }
  }

  /** @throws RowError for a cell that does not fit its column */
  addRow(cells: readonly unknown[]): void {
    for (let i = 0; i < cells.length; i++) this.builders[i]!.addCell(cells[i], this.rowCount + 1)
    this.#count(1)
  }

  /** Has the text of a column kept as it comes from now on, without a dictionary. */
  keepPlain(column: number): void {
    this.builders[column] = new PlainBuilder(this.builders[column]!.header, this.#capacity, this.#held)
  }

  #count(rows: number): void {
    this.rowCount += rows
    this.length += rows
    if (this.length < this.#capacity && this.#held.length < mostText) return
    this.#onFull()
    this.length = 0
    this.#held.length = 0
  }
}

function builderOfHeader(header: Header, capacity: number, held: HeldText): ColumnBuilder {
  const reader = readerOf(header)
  if (reader) return new ValueBuilder(header, reader, capacity)
  const isTyped = valueTypeOf(header) !== undefined
  return new (isTyped ? TextBuilder : UntypedBuilder)(header, capacity, held)
}
