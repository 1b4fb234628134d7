import type { Row } from '../grid/grid.ts'
import { PartTaker } from '../grid/part-taker.ts'
import type { Block } from '../kernel/block.ts'
import type { BlockForm } from '../kernel/cell-kernel.ts'
import type { Part } from './slices.ts'

/** Who takes parts while the body is read. */
export interface Eager {
  /** For each column whether its cells are wanted as numbers. */
  readonly numeric: readonly boolean[]
  /** Must not throw: rows that were not taken come again. */
  addPart(part: Part): void
}

/**
 * Parts that a stage takes as soon as they are there, before they have to be copied: those of a slice are only what came
 * when it did not.
 */
export class EagerTaker extends PartTaker {
  readonly #eager: () => Eager | undefined

  /** `eager` tells for now: it is the same while a piece is read. */
  constructor(eager: () => Eager | undefined) {
    super()
    this.#eager = eager
  }

  protected override get form(): BlockForm {
    const eager = this.#eager()
    return eager ? { lasting: false, numeric: eager.numeric } : super.form
  }

  protected override addBlock(block: Block): void {
    const eager = this.#eager()
    if (eager) eager.addPart(block)
    else super.addBlock(block)
  }

  protected override addRow(row: Row): void {
    const eager = this.#eager()
    if (eager) eager.addPart([row])
    else super.addRow(row)
  }
}
