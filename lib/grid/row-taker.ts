import { addRows, type Block } from '../kernel/block.ts'
import { CuttingTaker } from './cutting-taker.ts'
import type { Row } from './grid.ts'

/** Rows as arrays of cells. */
export class RowTaker extends CuttingTaker<Row[]> {
  protected readonly form = { lasting: false }
  readonly #keepAll: boolean
  #rows: Row[] = []

  /** `keepAll` is for rows that all stay in memory: `take` gives all so far, in one array. */
  constructor({ keepAll = false }: { keepAll?: boolean } = {}) {
    super()
    this.#keepAll = keepAll
  }

  protected override addBlock(block: Block): void {
    addRows(this.#rows, block)
  }

  protected override addRow(row: Row): void {
    this.#rows.push(row)
  }

  override take(): Row[] {
    const rows = this.#rows
    if (!this.#keepAll) this.#rows = []
    return rows
  }
}
