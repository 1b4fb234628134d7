import { type Column, cellsOf, type Dictionary } from '../../kernel/block.ts'
import { Bytes } from './bytes.ts'
import type { BoundCell } from './connection.ts'

/** How a database has its text, by SQLite's own names. */
export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

/** How cells of a column are stored. */
export interface Storing {
  readonly encoding: TextEncoding
  /** Whether its numbers are REAL. Small whole ones are stored as integers all the same. */
  readonly isReal: boolean
}

/** Text up to this is written faster than a call takes, as long as it is ASCII. */
const longestLooped = 32

/** SQLite's serial types of integers, by their bytes. */
const integerTypes: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 8: 6 }
const doubleType = 7

/** Cells as a record of SQLite has them: of each its serial type, and its bytes. */
export class StoredCells {
  readonly types: number[] = []
  /** Where the bytes of each begin, and where those of the last end. */
  readonly starts: number[] = [0]
  memory = new Bytes(256)
  readonly #storing: Storing

  constructor(storing: Storing) {
    this.#storing = storing
  }

  get size(): number {
    return this.types.length
  }

  clear(): void {
    this.types.length = 0
    this.starts.length = 1
  }

  add(cell: BoundCell): void {
    if (typeof cell === 'string') this.#addText(cell)
    else if (typeof cell === 'number') this.#addNumber(cell)
    else if (typeof cell === 'bigint') this.#addInteger(cell)
    else if (cell === null) this.#end(0, 0)
    else {
      const at = this.#room(cell.length)
      this.memory.bytes.set(cell, at)
      this.#end(12 + 2 * cell.length, cell.length)
    }
  }

  #addText(text: string): void {
    const at = this.#room(3 * text.length)
    const length = this.#writeText(text, at)
    this.#end(13 + 2 * length, length)
  }

  #writeText(text: string, at: number): number {
    const { bytes } = this.memory
    const { encoding } = this.#storing
    if (encoding === 'UTF-8') {
      if (text.length <= longestLooped && writeAscii(text, bytes, at)) return text.length
      return bytes.write(text, at, 'utf8')
    }
    const length = bytes.write(text, at, 'utf16le')
    if (encoding === 'UTF-16be') bytes.subarray(at, at + length).swap16()
    return length
  }

  #addNumber(number: number): void {
    const isWhole = Number.isInteger(number)
    if (number === 0 || number === 1) return this.#end(8 + number, 0)
    const length = isWhole ? lengthOf(number) : 8
    if (length < 8) return this.#addShort(number, length)
    const isInteger = isWhole && !this.#storing.isReal && Math.abs(number) < 2 ** 63
    if (isInteger) return this.#addInteger(BigInt(number))
    const at = this.#room(8)
    this.memory.bytes.writeDoubleBE(number, at)
    this.#end(doubleType, 8)
  }

  #addShort(whole: number, length: number): void {
    const at = this.#room(length)
    this.memory.bytes.writeIntBE(whole, at, length)
    this.#end(integerTypes[length]!, length)
  }

  #addInteger(integer: bigint): void {
    const at = this.#room(8)
    this.memory.bytes.writeBigInt64BE(integer, at)
    this.#end(integerTypes[8]!, 8)
  }

  /** Where the next begins, with room for so many bytes. */
  #room(length: number): number {
    const at = this.starts[this.starts.length - 1]!
    if (at + length > this.memory.length) {
      const larger = new Bytes(2 * (at + length))
      this.memory.bytes.copy(larger.bytes, 0, 0, at)
      this.memory = larger
    }
    return at
  }

  #end(type: number, length: number): void {
    this.types.push(type)
    this.starts.push(this.starts[this.starts.length - 1]! + length)
  }
}

/** Whether it is ASCII, and written. */
function writeAscii(text: string, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return false
    bytes[at + i] = code
  }
  return true
}

/** How many bytes an integer takes. */
function lengthOf(whole: number): number {
  const size = whole < 0 ? -(whole + 1) : whole
  if (size < 2 ** 15) return size < 2 ** 7 ? 1 : 2
  if (size < 2 ** 31) return size < 2 ** 23 ? 3 : 4
  return size < 2 ** 47 ? 6 : 8
}

/** The cells of a column in rows: of each row a place among them. */
export interface StoredColumn {
  readonly cells: StoredCells
  readonly places: Uint32Array
}

/** Stores columns of blocks; of one that is coded each different cell once. */
export class ColumnStore {
  readonly #make: (cell: unknown) => BoundCell
  readonly #storing: Storing
  #from: Dictionary | undefined
  #coded: StoredCells
  /** Of the block at hand. */
  readonly #others: StoredCells

  constructor(make: (cell: unknown) => BoundCell, storing: Storing) {
    this.#make = make
    this.#storing = storing
    this.#coded = new StoredCells(storing)
    this.#others = new StoredCells(storing)
  }

  /** Good until the next. @throws what `make` throws. */
  of(column: Column): StoredColumn {
    if (column.kind !== 'coded') {
      const cells = this.#others
      cells.clear()
      for (const cell of cellsOf(column)) cells.add(this.#make(cell))
      return { cells, places: placesOf(cells.size) }
    }
    if (column.dictionary !== this.#from) {
      this.#from = column.dictionary
      this.#coded = new StoredCells(this.#storing)
    }
    const cells = this.#coded
    const from = column.dictionary.cells
    while (cells.size < from.length) cells.add(this.#make(from[cells.size]))
    return { cells, places: column.codes }
  }
}

let inOrder = new Uint32Array(0)

/** Of cells that are in rows one after the other. */
export function placesOf(size: number): Uint32Array {
  if (inOrder.length < size) inOrder = Uint32Array.from({ length: 2 * size }, (_, i) => i)
  return inOrder
}
