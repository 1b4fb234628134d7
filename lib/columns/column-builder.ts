import type { Header } from '../grid/grid.ts'
import type { Column } from '../kernel/block.ts'
import type { Cells } from './cells.ts'

/** Gathers the cells of a column, as many as it was made for. */
export interface ColumnBuilder {
  readonly header: Header
  /** Whether the numbers that a column of cells comes with are all it needs. */
  readonly takesNumbers?: boolean
  /**
   * Adds the cells `from` to `to` of a column, of which the first is of row `rowNumber`.
   *
   * @throws RowError for one that does not fit
   */
  addColumn(column: Column, from: number, to: number, rowNumber: number): void
  /** @throws RowError where it does not fit */
  addCell(cell: unknown, rowNumber: number): void
  /** What was added since the last call. */
  take(): Cells
}

/** How much text was added to all columns since it was last set to 0, in characters or bytes. */
export interface HeldText {
  length: number
}

/** Whether a cell is one that DHIS2 has no value for. */
export function isEmpty(cell: unknown): boolean {
  return cell === '' || cell === null || cell === undefined
}
