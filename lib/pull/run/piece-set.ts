import type { PieceId } from '../piece.ts'
import { baseOf } from './piece-id.ts'

/** A set of pieces. Of those that a plan starts with it takes a bit each. */
export class PieceSet {
  #bits = new Uint8Array(1024)
  readonly #others = new Set<PieceId>()

  has(piece: PieceId): boolean {
    const base = baseOf(piece)
    return base === undefined ? this.#others.has(piece) : this.hasBase(base)
  }

  hasBase(base: number): boolean {
    return ((this.#bits[base >>> 3] ?? 0) & (1 << (base & 7))) !== 0
  }

  add(piece: PieceId): void {
    const base = baseOf(piece)
    if (base === undefined) this.#others.add(piece)
    else this.addBase(base)
  }

  addBase(base: number): void {
    const at = base >>> 3
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(2 * (at + 1))
      larger.set(this.#bits)
      this.#bits = larger
    }
    this.#bits[at]! |= 1 << (base & 7)
  }
}
