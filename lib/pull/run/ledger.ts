import type { Header } from '../../grid/grid.ts'
import type { PieceId } from '../piece.ts'
import type { PieceEvent, PieceFacts } from '../store.ts'
import { baseOf, partsOfId, shareOf } from './piece-id.ts'
import { PieceSet } from './piece-set.ts'

/**
 * What became of the pieces of a plan, so far: made of the events that a store kept, and those to come. Of the pieces that
 * the plan starts with it has a bit each; only others are held by their ids, as long as they are open.
 */
export class Ledger {
  baseCount: number
  /** How much there is, where each piece that a plan starts with is 1. */
  shareCount: number
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
  readonly #taken = new PieceSet()
  /** Pieces that came of others, and are neither done nor cut. */
  readonly #open = new Set<PieceId>()
  /** Those that are there, and are to be asked for again. */
  readonly #stale = new Set<PieceId>()
  #firstFree = 0

  constructor(baseCount: number, events: Iterable<PieceEvent> = []) {
    this.baseCount = baseCount
    this.pieceCount = baseCount
    this.shareCount = baseCount
    for (const event of events) this.add(event)
  }

  add(event: PieceEvent): void {
    switch (event.type) {
      case 'join': {
        const { from, to } = partsOfId(event.into)!
        for (let at = from; at <= to; at++) this.#taken.addBase(at)
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
      case 'stale':
        for (const piece of event.pieces) {
          this.#lose(piece)
          this.#open.add(piece)
        }
        this.#uncount(event)
        break
      case 'plan':
        this.#begin(event)
        break
      case 'dropped':
      case 'seen':
      case 'known':
        break
      default:
        event satisfies never
    }
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
    while (this.#firstFree < this.baseCount && this.#taken.hasBase(this.#firstFree)) this.#firstFree += 1
    return this.#firstFree < this.baseCount ? this.#firstFree : undefined
  }

  /** How many there are that nobody has begun from there on, side by side, up to so many. */
  freeFrom(from: number, most: number): number {
    let count = 0
    while (count < most && from + count < this.baseCount && !this.#taken.hasBase(from + count)) count += 1
    return count
  }

  /** Somebody has begun one of the pieces that the plan starts with. */
  take(base: number): void {
    this.#taken.addBase(base)
  }

  /** Whether rows of it may be there, of before it was cut or noted to be stale. */
  isStale(piece: PieceId): boolean {
    return this.#stale.has(piece)
  }

  #lose(piece: PieceId): void {
    this.piecesDone -= 1
    this.shareDone -= shareOf(piece)
    this.#stale.add(piece)
  }

  #uncount({ rowCount, byteCount }: { readonly rowCount: number; readonly byteCount: number }): void {
    this.rowCount -= rowCount
    this.byteCount -= byteCount
  }

  #begin(event: PieceEvent & { type: 'plan' }): void {
    for (const piece of event.dropped) this.#lose(piece)
    this.#uncount(event)
    this.#open.clear()
    this.#stale.clear()
    this.setAside.clear()
    for (let at = this.firstFree; at !== undefined; at = this.firstFree) this.take(at)
    this.baseCount += event.pieceCount
    let left = event.pieceCount
    for (const [from, to] of event.kept) {
      for (let at = from; at <= to; at++) this.take(at)
      left -= to - from + 1
    }
    this.pieceCount = event.stayingCount + left
    this.shareCount = this.shareDone + left
  }

  #close(piece: PieceId): void {
    if (baseOf(piece) !== undefined) this.#taken.add(piece)
    this.#open.delete(piece)
    this.setAside.delete(piece)
  }

  #keep(piece: PieceId, { rowCount, byteCount, rowsOf = {}, columns }: PieceFacts): void {
    this.piecesDone += 1
    this.shareDone += shareOf(piece)
    this.#stale.delete(piece)
    this.rowCount += rowCount
    this.byteCount += byteCount
    for (const [item, rows] of Object.entries(rowsOf)) {
      this.items.set(item, rows > 0 || this.items.get(item) === true)
    }
    this.columns ??= columns
  }
}
