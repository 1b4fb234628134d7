import type { Header } from '../../grid/grid.ts'
import type { PieceId } from '../piece.ts'
import type { PieceEvent, PieceFacts } from '../store.ts'
import { baseOf, partsOfId, shareOf } from './piece-id.ts'

/** A set of whole numbers below a count, in a bit each. */
class Bits {
  readonly #bytes: Uint8Array

  constructor(count: number) {
    this.#bytes = new Uint8Array(Math.ceil(count / 8))
  }

  has(at: number): boolean {
    return (this.#bytes[at >> 3]! & (1 << (at & 7))) !== 0
  }

  set(at: number): void {
    this.#bytes[at >> 3]! |= 1 << (at & 7)
  }
}

/**
 * What became of the pieces of a plan, so far: made of the events that a store kept, and those to come. Of the pieces that
 * the plan starts with it has two bits each; only others are held by their ids.
 */
export class Ledger {
  readonly baseCount: number
  /** How many pieces there are, as they are cut and joined by now; and how many of them are done. */
  pieceCount: number
  piecesDone = 0
  /** How much is done, where each piece that the plan starts with is 1. */
  shareDone = 0
  rowCount = 0
  byteCount = 0
  /** Data items that were asked for, and whether there was a row of it. */
  readonly items = new Map<string, boolean>()
  readonly setAside = new Map<PieceId, string>()
  columns: readonly Header[] | undefined
  /** The pieces that the plan starts with, and that are to be asked for as they are no more. */
  readonly #taken: Bits
  readonly #done: Bits
  /** Pieces that came of others, and are neither done nor cut. */
  readonly #open = new Set<PieceId>()
  readonly #othersDone = new Set<PieceId>()
  #firstFree = 0

  constructor(baseCount: number, events: Iterable<PieceEvent> = []) {
    this.baseCount = baseCount
    this.pieceCount = baseCount
    this.#taken = new Bits(baseCount)
    this.#done = new Bits(baseCount)
    for (const event of events) this.add(event)
  }

  add(event: PieceEvent): void {
    switch (event.type) {
      case 'join': {
        const { from, to } = partsOfId(event.into)!
        for (let at = from; at <= to; at++) this.#taken.set(at)
        this.#open.add(event.into)
        this.pieceCount -= to - from
        break
      }
      case 'split':
        this.#close(event.piece)
        for (const piece of event.into) this.#open.add(piece)
        this.pieceCount += event.into.length - 1
        break
      case 'setAside':
        this.#close(event.piece)
        this.setAside.set(event.piece, event.reason)
        break
      case 'done':
        this.#close(event.piece)
        this.#keep(event.piece, event.facts)
        break
      default:
        event satisfies never
    }
  }

  isDone(piece: PieceId): boolean {
    const base = baseOf(piece)
    return base === undefined ? this.#othersDone.has(piece) : base < this.baseCount && this.#done.has(base)
  }

  get isComplete(): boolean {
    return this.piecesDone === this.pieceCount
  }

  /** What is to be asked for beside the pieces that the plan starts with. */
  get open(): Iterable<PieceId> {
    return this.#open
  }

  /** The first of the pieces that the plan starts with that nobody has begun; undefined where there is none. */
  get firstFree(): number | undefined {
    while (this.#firstFree < this.baseCount && this.#taken.has(this.#firstFree)) this.#firstFree += 1
    return this.#firstFree < this.baseCount ? this.#firstFree : undefined
  }

  /** How many there are that nobody has begun from there on, side by side, up to so many. */
  freeFrom(from: number, most: number): number {
    let count = 0
    while (count < most && from + count < this.baseCount && !this.#taken.has(from + count)) count += 1
    return count
  }

  /** Somebody has begun one of the pieces that the plan starts with. */
  take(base: number): void {
    this.#taken.set(base)
  }

  #close(piece: PieceId): void {
    const base = baseOf(piece)
    if (base !== undefined) this.#taken.set(base)
    this.#open.delete(piece)
    this.setAside.delete(piece)
  }

  #keep(piece: PieceId, { rowCount, byteCount, rowsOf = {}, columns }: PieceFacts): void {
    const base = baseOf(piece)
    if (base === undefined) this.#othersDone.add(piece)
    else this.#done.set(base)
    this.piecesDone += 1
    this.shareDone += shareOf(piece)
    this.rowCount += rowCount
    this.byteCount += byteCount
    for (const [item, rows] of Object.entries(rowsOf)) {
      this.items.set(item, rows > 0 || this.items.get(item) === true)
    }
    this.columns ??= columns
  }
}
