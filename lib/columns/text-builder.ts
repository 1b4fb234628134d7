import { cellText } from '../csv/csv-text.ts'
import { RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import type { Column, Dictionary } from '../kernel/block.ts'
import type { CodedCells } from './cells.ts'
import { type ColumnBuilder, type HeldText, isEmpty } from './column-builder.ts'

/** Places of entries in the dictionary of a block: not looked up yet, or none. */
const [unknown, none] = [-2, -1]

/** Text as places in a dictionary, which grows. Cells that are no text are what CSV has for them. */
export class TextBuilder implements ColumnBuilder {
  readonly header: Header
  readonly #codes: Int32Array
  #length = 0
  #isFull = true
  #texts: string[] = []
  #places = new Map<string, number>()
  #textLength = 0
  readonly #held: HeldText
  /** Where the entries are of the dictionary that cells came with last. */
  #dictionary: Dictionary | undefined
  #entries = new Int32Array(0)
  /** How many of its entries, from the first on, have the same place here. */
  #same = 0

  constructor(header: Header, capacity: number, held: HeldText) {
    this.header = header
    this.#held = held
    this.#codes = new Int32Array(capacity)
  }

  /** How many texts its dictionary has. */
  get textCount(): number {
    return this.#texts.length
  }

  /** How much text its dictionary has, in characters. */
  get textLength(): number {
    return this.#textLength
  }

  /** How many cells were added since the last `take`. */
  get length(): number {
    return this.#length
  }

  addColumn(column: Column, from: number, to: number, rowNumber: number): void {
    if (column.kind === 'coded') return this.#addCodes(column.codes, column.dictionary, from, to, rowNumber)
    const { kind } = column
    for (let i = from; i < to; i++) {
      this.addCell(
        kind === 'made' ? column.cells[i] : column.text.cell(column.cuts[i]!),
        rowNumber + i - from,
      )
    }
  }

  addCell(cell: unknown, rowNumber: number): void {
    const place = this.#place(cell, rowNumber)
    if (place === none) this.#isFull = false
    this.#codes[this.#length++] = place
  }

  take(): CodedCells {
    const codes = this.#codes.subarray(0, this.#length)
    const isFull = this.#isFull
    this.#length = 0
    this.#isFull = true
    return { kind: 'text', codes, dictionary: this.#texts, isFull }
  }

  /** Begins a dictionary anew. */
  forget(): void {
    this.#texts = []
    this.#places = new Map()
    this.#textLength = 0
    this.#dictionary = undefined
  }

  #addCodes(codes: Uint32Array, dictionary: Dictionary, from: number, to: number, rowNumber: number): void {
    this.#learn(dictionary)
    const entries = this.#entries
    const own = this.#codes
    let length = this.#length
    if (this.#same === dictionary.cells.length) {
      own.set(codes.subarray(from, to), length)
      this.#length = length + to - from
      return
    }
    for (let i = from; i < to; i++) {
      const code = codes[i]!
      const place = entries[code]!
      own[length++] = place >= 0 ? place : this.#placeOf(dictionary, code, rowNumber + i - from)
    }
    this.#length = length
  }

  /** Of a cell that is none, or was not met yet. */
  #placeOf({ cells }: Dictionary, code: number, rowNumber: number): number {
    const entries = this.#entries
    if (entries[code] === unknown) {
      const place = this.#place(cells[code], rowNumber)
      entries[code] = place
      if (place === code && code === this.#same) this.#same += 1
    }
    if (entries[code] === none) this.#isFull = false
    return entries[code]!
  }

  #learn(dictionary: Dictionary): void {
    const { length } = dictionary.cells
    if (dictionary !== this.#dictionary) {
      this.#dictionary = dictionary
      this.#same = 0
      this.#entries.fill(unknown)
    }
    if (length <= this.#entries.length) return
    const larger = new Int32Array(length * 2).fill(unknown)
    larger.set(this.#entries)
    this.#entries = larger
  }

  #place(cell: unknown, rowNumber: number): number {
    if (isEmpty(cell)) return none
    const text = typeof cell === 'string' ? cell : textOf(cell, this.header, rowNumber)
    let place = this.#places.get(text)
    if (place === undefined) {
      place = this.#texts.length
      this.#texts.push(text)
      this.#places.set(text, place)
      this.#textLength += text.length
      this.#held.length += text.length
    }
    return place
  }
}

/** The text of a cell that is none. @throws RowError where it has no text */
export function textOf(cell: unknown, { name }: Header, rowNumber: number): string {
  try {
    return cellText(cell)
  } catch (cause) {
    throw new RowError((cause as Error).message, { rowNumber, column: name, cause })
  }
}
