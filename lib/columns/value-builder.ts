import { excerptOf } from '../cells/cast-cell.ts'
import { RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import type { Column, Dictionary } from '../kernel/block.ts'
import type { ValueCells } from './cells.ts'
import { type ColumnBuilder, isEmpty } from './column-builder.ts'
import type { ValueReader } from './value-kind.ts'

/** Numbers, booleans, days and times. */
export class ValueBuilder implements ColumnBuilder {
  readonly header: Header
  readonly #reader: ValueReader
  readonly #values: Float64Array
  readonly #advice: string
  #length = 0
  #isFull = true
  /** What the entries of the dictionary are that cells came with last. */
  #dictionary: Dictionary | undefined
  #entries = new Float64Array(0)
  #known = 0

  /** `advice` is what to do about a cell that does not fit. */
  constructor(header: Header, reader: ValueReader, capacity: number, advice = otherType(header)) {
    this.header = header
    this.#advice = advice
    this.#reader = reader
    this.#values = new Float64Array(capacity)
  }

  get takesNumbers(): boolean {
    return this.#reader.kind === 'number'
  }

  addColumn(column: Column, from: number, to: number, rowNumber: number): void {
    if (column.kind === 'coded') this.#addCodes(column.codes, column.dictionary, from, to, rowNumber)
    else if (column.kind === 'made') {
      for (let i = from; i < to; i++) this.addCell(column.cells[i], rowNumber + i - from)
    } else {
      const values = this.#values
      const start = this.#length
      if (column.numbers && this.takesNumbers) values.set(column.numbers.subarray(from, to), start)
      else if (this.#reader.cuts) this.#reader.cuts(column, from, to, values, start)
      else values.fill(NaN, start, start + to - from)
      for (let i = from; i < to; i++) {
        this.#length = start + i - from
        if (Number.isNaN(values[this.#length]))
          this.addCell(column.text.cell(column.cuts[i]!), rowNumber + i - from)
      }
      this.#length = start + to - from
    }
  }

  addCell(cell: unknown, rowNumber: number): void {
    const value = this.#reader.read(cell)
    this.#values[this.#length++] = value
    if (Number.isNaN(value)) this.#expectNone(cell, rowNumber)
  }

  take(): ValueCells {
    const values = this.#values.subarray(0, this.#length)
    const isFull = this.#isFull
    this.#length = 0
    this.#isFull = true
    return { kind: this.#reader.kind, values, isFull }
  }

  #addCodes(codes: Uint32Array, dictionary: Dictionary, from: number, to: number, rowNumber: number): void {
    this.#learn(dictionary)
    const values = this.#values
    const entries = this.#entries
    let length = this.#length
    for (let i = from; i < to; i++) {
      const value = entries[codes[i]!]!
      values[length++] = value
      if (Number.isNaN(value)) this.#expectNone(dictionary.cells[codes[i]!], rowNumber + i - from)
    }
    this.#length = length
  }

  #learn(dictionary: Dictionary): void {
    const { cells } = dictionary
    if (dictionary !== this.#dictionary) {
      this.#dictionary = dictionary
      this.#known = 0
    }
    if (cells.length > this.#entries.length) {
      const larger = new Float64Array(cells.length * 2)
      larger.set(this.#entries)
      this.#entries = larger
    }
    while (this.#known < cells.length) this.#entries[this.#known] = this.#reader.read(cells[this.#known++])
  }

  #expectNone(cell: unknown, rowNumber: number): void {
    this.#isFull = false
    const { valueType, isNone } = this.#reader
    if (isEmpty(cell) || isNone(cell)) return
    throw new RowError(`${excerptOf(cell)} is no ${valueType}${this.#advice}`, {
      rowNumber,
      column: this.header.name,
    })
  }
}

function otherType({ name }: Header): string {
  return `; say what the column is instead, as in columns: { ${JSON.stringify(name)}: 'TEXT' }`
}
