import type { Block } from '../kernel/block.ts'
import type { BlockForm } from '../kernel/cell-kernel.ts'
import { CuttingTaker } from './cutting-taker.ts'
import type { Row } from './grid.ts'

/** Rows as the kernel gives them, in blocks, and between those the rows that it left. */
export class PartTaker extends CuttingTaker<(Block | Row[])[]> {
  #parts: (Block | Row[])[] = []

  protected override get form(): BlockForm {
    return { lasting: true }
  }

  protected override addBlock(block: Block): void {
    this.#parts.push(block)
  }

  protected override addRow(row: Row): void {
    const last = this.#parts.at(-1)
    if (Array.isArray(last)) last.push(row)
    else this.#parts.push([row])
  }

  override take(): (Block | Row[])[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }
}
