import type { Header } from '../grid/grid.ts'
import { type Column, cutKind } from '../kernel/block.ts'
import type { PlainCells } from './cells.ts'
import { type ColumnBuilder, type HeldText, isEmpty } from './column-builder.ts'
import { textOf } from './text-builder.ts'

/** Fewer bytes are copied faster one by one. */
const fewBytes = 48

/** Text that hardly repeats, as its bytes. */
export class PlainBuilder implements ColumnBuilder {
  readonly header: Header
  readonly #offsets: Int32Array
  #length = 0
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #end = 0
  readonly #held: HeldText

  constructor(header: Header, capacity: number, held: HeldText) {
    this.header = header
    this.#held = held
    this.#offsets = new Int32Array(capacity + 1)
  }

  addColumn(column: Column, from: number, to: number, rowNumber: number): void {
    for (let i = from; i < to; i++) {
      if (column.kind === 'coded')
        this.addCell(column.dictionary.cells[column.codes[i]!], rowNumber + i - from)
      else if (column.kind === 'made') this.addCell(column.cells[i], rowNumber + i - from)
      else {
        const cut = column.cuts[i]!
        const start = cut >>> 16
        if ((cut & 3) === cutKind.plain) this.#copy(column.text.bytes, start, start + ((cut >>> 2) & 0x3fff))
        else this.addCell(column.text.cell(cut), rowNumber + i - from)
      }
    }
  }

  addCell(cell: unknown, rowNumber: number): void {
    if (isEmpty(cell)) return this.#close()
    const text = typeof cell === 'string' ? cell : textOf(cell, this.header, rowNumber)
    this.#reserve(text.length * 3)
    this.#end += this.#bytes.write(text, this.#end)
    this.#close()
  }

  take(): PlainCells {
    const offsets = this.#offsets.subarray(0, this.#length + 1)
    const bytes = this.#bytes.subarray(0, this.#end)
    this.#length = 0
    this.#end = 0
    return { kind: 'plain', offsets, bytes }
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    const own = this.#bytes
    const to = this.#end - start
    if (end - start > fewBytes) bytes.copy(own, this.#end, start, end)
    else for (let i = start; i < end; i++) own[to + i] = bytes[i]!
    this.#end += end - start
    this.#close()
  }

  /** Ends a cell. */
  #close(): void {
    this.#held.length += this.#end - this.#offsets[this.#length]!
    this.#offsets[++this.#length] = this.#end
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#end + length, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = larger
  }
}
