import type { Taker } from '../json/taker.ts'
import type { Block } from '../kernel/block.ts'
import { type BlockForm, CellKernel } from '../kernel/cell-kernel.ts'
import type { Row } from './grid.ts'
import { guessedRows } from './guessed-rows.ts'

/** Less than this is parsed before a kernel has its tables. */
const fewBytes = 16 * 1024

/** Takes rows as the kernel cuts them, and of what it leaves parses a guess. */
export abstract class CuttingTaker<T> implements Taker<T> {
  rowCount = 0
  closed = false
  #kernel: CellKernel | undefined
  #hasKernel = true
  #piece: Buffer | undefined
  #guessable = true

  /** How it wants blocks: asked before each run. */
  protected abstract get form(): BlockForm
  protected abstract addBlock(block: Block): void
  protected abstract addRow(row: Row): void
  abstract take(): T

  run(bytes: Buffer, from: number, width: number): number {
    if (bytes !== this.#piece) {
      this.#piece = bytes
      this.#guessable = true
    }
    const kernel = this.#kernelFor(bytes.length - from, width)
    const stop = kernel ? kernel.run(bytes, from, this.form, (block) => this.#keep(block)) : from
    this.closed = stop > from && kernel!.closed
    if (this.closed) this.#end()
    return stop === from && this.#guessable ? this.#guess(bytes, from, width) : stop
  }

  add(row: Row): void {
    this.addRow(row)
    this.rowCount += 1
  }

  #end(): void {
    this.#kernel!.end()
    this.#kernel = undefined
  }

  #keep(block: Block): void {
    this.addBlock(block)
    this.rowCount += block.rowCount
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
    if (!guess) {
      this.#guessable = false
      return from
    }
    for (const row of guess.rows) this.add(row)
    return guess.next
  }
}
