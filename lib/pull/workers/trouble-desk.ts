import type { Piece, PieceId } from '../piece.ts'
import type { Task } from '../run/queue.ts'
import type { TroubledGate, TroubledLedger, TroubledQueue } from '../run/troubles.ts'
import { type Claimed, otherWork } from './claim.ts'
import type { ServerPlaces } from './places.ts'
import type { SharedRun } from './shared-run.ts'
import { insideOf, type QueryInside } from './wake.ts'
import { LostError, positions, putBack } from './work.ts'

interface DeskParts {
  readonly places: ServerPlaces
  readonly wake: (query: QueryInside, afterMs: number) => Promise<unknown>
}

/** The gate, the queue and the ledger of a run that workers share, for what is done about pieces that fail. */
export class TroubleDesk implements TroubledGate, TroubledQueue, TroubledLedger {
  readonly #run: SharedRun
  readonly #parts: DeskParts
  readonly closedForMs = 0
  /** Which data items have rows the tables know alone: none is given up. */
  readonly items = { get: () => true }
  isEmpty = false
  /** How many pieces are asked for, with the one that failed. */
  underway = 1
  /** How many pieces the run has done. */
  done = 0
  /** What ends the run. */
  stopped: Error | undefined

  constructor(run: SharedRun, parts: DeskParts) {
    this.#run = run
    this.#parts = parts
  }

  get piecesDone(): number {
    return this.done
  }

  /** What happens is kept in the tables. */
  add(): void {}

  /** What there is beside a piece that has failed. */
  look({ piece }: Claimed): Promise<void> {
    return this.#inside(async (query) => {
      const { free, underway, done } = await otherWork(query, this.#run.run, piece)
      this.isEmpty = free === 0
      this.underway = underway + 1
      this.done = done
    })
  }

  again({ piece, tries, doneBefore }: Task, isAtOnce: boolean): Promise<void> {
    const { claims, run, hold, database } = this.#run
    return database.transaction(async (statements) => {
      const query = insideOf(statements)
      await hold.fence(statements)
      const number = await hold.next(statements)
      const position = isAtOnce ? positions.atOnce(number) : positions.behindAll(number)
      const isOurs = await putBack(query, run, claims.get(piece.id)!, { tries, doneBefore, position })
      if (!isOurs) throw new LostError(`Another worker has piece ${piece.id}`)
      await this.#parts.wake(query, 0)
    })
  }

  async cut(piece: Piece, isAlongData = false): Promise<readonly PieceId[] | undefined> {
    const { plan, store, holdings } = this.#run.dataset
    const into = plan.cut(piece, isAlongData).map(({ id }) => id)
    if (into.length === 0) return undefined
    // What is told by its days is replaced part by part.
    if (holdings.stale.has(piece.id)) this.#run.claims.get(piece.id)!.removes = piece.covers
    await store.note({ type: 'split', piece: piece.id, into })
    return into
  }

  pause(ms: number): Promise<void> {
    return this.#inside((query) => this.#parts.places.pause(query, ms))
  }

  lower(begunAt: number): Promise<void> {
    return this.#inside((query) => this.#parts.places.lower(query, performance.now() - begunAt))
  }

  #inside<T>(work: (query: QueryInside) => Promise<T>): Promise<T> {
    return this.#run.database.transaction((statements) => work(insideOf(statements)))
  }
}
