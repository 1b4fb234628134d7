import type { Piece, PieceId, Plan } from '../piece.ts'
import type { OpenStore } from '../store.ts'
import type { Ledger } from './ledger.ts'
import { baseOf, shareOf } from './piece-id.ts'
import type { Sizes } from './sizes.ts'

/** A piece that is to be asked for, and what happened to it before. */
export interface Task {
  readonly piece: Piece
  /** How often it failed by its own fault. */
  readonly tries: number
  /** How many pieces were done when it failed last. */
  readonly doneBefore: number | undefined
}

type Waiting = Omit<Task, 'piece'> & { readonly id: PieceId }

const unharmed = { tries: 0, doneBefore: undefined }

/** What is to be asked for next, joined or cut to the size that its group has learnt. */
export class Queue {
  readonly #plan: Plan
  readonly #ledger: Ledger
  readonly #sizes: Sizes
  readonly #store: OpenStore
  readonly #mostRows: number
  /** Pieces that came of others, or have failed: the last is asked for first. */
  readonly #waiting: Waiting[]

  /** A piece that seems to have more than `mostRows` rows is not asked for before it is cut. */
  constructor(plan: Plan, ledger: Ledger, sizes: Sizes, store: OpenStore, mostRows: number) {
    this.#plan = plan
    this.#ledger = ledger
    this.#sizes = sizes
    this.#store = store
    this.#mostRows = mostRows
    // What was set aside by another run is tried again.
    this.#waiting = [...ledger.setAside.keys(), ...ledger.open].map((id) => ({ id, ...unharmed }))
    this.#waiting.reverse()
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#ledger.firstFree === undefined
  }

  /** Undefined where nothing is left but what is under way. */
  async next(): Promise<Task | undefined> {
    for (;;) {
      const { id, ...before } = this.#waiting.pop() ?? (await this.#fresh()) ?? { id: undefined }
      if (id === undefined) return undefined
      const piece = this.#plan.piece(id)
      if (this.#fits(piece) || !(await this.cut(piece))) return { ...unharmed, ...before, piece }
    }
  }

  /** It is asked for again: at once, or behind all that waits. */
  again({ piece, tries, doneBefore }: Task, isAtOnce: boolean): void {
    const waiting = { id: piece.id, tries, doneBefore }
    if (isAtOnce) this.#waiting.push(waiting)
    else this.#waiting.unshift(waiting)
  }

  /** These are asked for again, as they were. */
  renew(pieces: readonly PieceId[]): void {
    this.#waiting.unshift(...pieces.toReversed().map((id) => ({ id, ...unharmed })))
  }

  /** Cuts a piece, and has its parts asked for in its place. Undefined where it can't be cut any further. */
  async cut(piece: Piece, isAlongData = false): Promise<readonly PieceId[] | undefined> {
    const into = this.#plan.cut(piece, isAlongData).map(({ id }) => id)
    if (into.length === 0) return undefined
    const event = { type: 'split', piece: piece.id, into } as const
    await this.#store.note(event)
    if (this.#ledger.isStale(piece.id)) await this.#store.drop([piece])
    this.#ledger.add(event)
    this.#waiting.push(...into.toReversed().map((id) => ({ id, ...unharmed })))
    return into
  }

  #fits({ id, group, cells = 0 }: Piece): boolean {
    // What was answered before is asked for as it was.
    if (this.#ledger.isStale(id)) return true
    return cells <= this.#sizes.cellsFor(this.#mostRows, group) && shareOf(id) <= this.#sizes.of(group)
  }

  /** The next of the pieces that the plan starts with, with those behind it as far as they go into one request. */
  async #fresh(): Promise<Waiting | undefined> {
    const from = this.#ledger.firstFree
    if (from === undefined) return undefined
    const { group, cells = 1 } = this.#plan.piece(String(from))
    const most = Math.min(this.#sizes.of(group), this.#sizes.cellsFor(this.#mostRows, group) / cells)
    const count = this.#ledger.freeFrom(from, Math.max(1, Math.floor(most)))
    const { id } = this.#plan.joined(from, count)
    if (baseOf(id) === undefined) {
      const pieces = Array.from({ length: shareOf(id) }, (_, at) => String(from + at))
      const event = { type: 'join', pieces, into: id } as const
      await this.#store.note(event)
      this.#ledger.add(event)
    } else this.#ledger.take(from)
    return { id, ...unharmed }
  }
}
