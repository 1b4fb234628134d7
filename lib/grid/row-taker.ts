import type { Taker } from '../json/taker.ts'
import { addRows } from '../kernel/block.ts'
import { CellKernel } from '../kernel/cell-kernel.ts'
import type { Row } from './grid.ts'
import { guessedRows } from './guessed-rows.ts'

/** Less than this is parsed before a kernel has its tables. */
const fewBytes = 16 * 1024

/** Rows as arrays of cells: what the kernel cuts, and of what it leaves a guess is parsed. */
export class RowTaker implements Taker<Row[]> {
  rowCount = 0
  closed = false
  readonly #keepAll: boolean
  #kernel: CellKernel | undefined
  #hasKernel = true
  #rows: Row[] = []
  #piece: Buffer | undefined
  #guessable = true

  /** `keepAll` is for rows that all stay in memory: `take` gives all so far, in one array. */
  constructor({ keepAll = false }: { keepAll?: boolean } = {}) {
    this.#keepAll = keepAll
  }

  run(bytes: Buffer, from: number, width: number): number {
    if (bytes !== this.#piece) {
      this.#piece = bytes
      this.#guessable = true
    }
    const before = this.#rows.length
    const kernel = this.#kernelFor(bytes.length - from, width)
    let stop = kernel ? kernel.run(bytes, from, (block) => addRows(this.#rows, block)) : from
    this.closed = stop > from && kernel!.closed
    if (stop === from && this.#guessable) stop = this.#guess(bytes, from, width)
    this.rowCount += this.#rows.length - before
    return stop
  }

  add(row: Row): void {
    this.#rows.push(row)
    this.rowCount += 1
  }

  take(): Row[] {
    const rows = this.#rows
    if (!this.#keepAll) this.#rows = []
    return rows
  }

  #kernelFor(byteLength: number, width: number): CellKernel | undefined {
    if (this.#kernel || !this.#hasKernel || byteLength < fewBytes) return this.#kernel
    this.#kernel = CellKernel.create(width)
    this.#hasKernel = this.#kernel !== undefined
    return this.#kernel
  }

  /** Tried once a piece where it fails: what misleads it is likely to do so again, and looking for it takes time. */
  #guess(bytes: Buffer, from: number, width: number): number {
    const guess = guessedRows(bytes, from, width)
    if (guess) {
      for (const row of guess.rows) this.#rows.push(row)
      return guess.next
    }
    this.#guessable = false
    return from
  }
}
