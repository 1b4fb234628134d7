import type { Header } from '../grid/grid.ts'
import { type Column, cellAt } from '../kernel/block.ts'
import type { Cells } from './cells.ts'
import { type ColumnBuilder, type HeldText, isEmpty } from './column-builder.ts'
import { TextBuilder } from './text-builder.ts'
import { ValueBuilder } from './value-builder.ts'
import { readerLike } from './value-kind.ts'

/** A column of which no header tells the type: its first cell that is one does. Without any it is text. */
export class UntypedBuilder implements ColumnBuilder {
  readonly header: Header
  readonly #capacity: number
  readonly #empty: TextBuilder
  #settled: ColumnBuilder | undefined

  constructor(header: Header, capacity: number, held: HeldText) {
    this.header = header
    this.#capacity = capacity
    this.#empty = new TextBuilder(header, capacity, held)
  }

  /** What it turned out to be. */
  get settled(): ColumnBuilder {
    this.#settled ??= this.#empty
    return this.#settled
  }

  addColumn(column: Column, from: number, to: number, rowNumber: number): void {
    let i = from
    for (; i < to && !this.#settled; i++) this.addCell(cellAt(column, i), rowNumber + i - from)
    this.#settled?.addColumn(column, i, to, rowNumber + i - from)
  }

  addCell(cell: unknown, rowNumber: number): void {
    if (!this.#settled && !isEmpty(cell)) this.#settle(cell)
    const builder = this.#settled ?? this.#empty
    builder.addCell(cell, rowNumber)
  }

  take(): Cells {
    return this.settled.take()
  }

  #settle(cell: unknown): void {
    const reader = readerLike(cell)
    if (!reader) {
      this.#settled = this.#empty
      return
    }
    this.#settled = new ValueBuilder(this.header, reader, this.#capacity)
    for (let i = 0; i < this.#empty.length; i++) this.#settled.addCell(null, 0)
  }
}
