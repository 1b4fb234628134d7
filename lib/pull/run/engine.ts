import { rowsFrom } from '../../rows/rows-from.ts'
import type { PullReport } from '../events.ts'
import type { Piece } from '../piece.ts'
import type { PieceFacts } from '../store.ts'
import type { Asked } from './ask.ts'
import { SharedColumns } from './columns.ts'
import type { EngineOptions } from './engine-options.ts'
import { Ledger } from './ledger.ts'
import { shareOf } from './piece-id.ts'
import { Progress } from './progress.ts'
import { Queue, type Task } from './queue.ts'
import { reportOf } from './report.ts'
import { Sizes } from './sizes.ts'
import { Troubles } from './troubles.ts'
import { verdictOn } from './verdict.ts'
import { writePiece } from './write-piece.ts'

/** Asks for the pieces of a plan until all of them are stored, or set aside. */
export class Engine {
  readonly #options: EngineOptions
  readonly #ledger: Ledger
  readonly #sizes = new Sizes()
  readonly #queue: Queue
  readonly #columns: SharedColumns
  readonly #progress: Progress
  readonly #abort = new AbortController()
  readonly #underway = new Set<Promise<void>>()
  /** What ends the run. */
  #failure: { readonly error: unknown } | undefined
  readonly #troubles: Troubles

  constructor(options: EngineOptions) {
    const { plan, store, mostRows = Number.POSITIVE_INFINITY } = options
    this.#options = options
    this.#ledger = new Ledger(options.firstCount ?? plan.pieceCount, store.events)
    this.#queue = new Queue(plan, this.#ledger, this.#sizes, store, mostRows)
    this.#columns = new SharedColumns(this.#ledger.columns)
    this.#progress = new Progress(this.#ledger)
    this.#troubles = new Troubles(options, this.#ledger, this.#sizes, this.#queue)
  }

  get isComplete(): boolean {
    return this.#ledger.isComplete
  }

  /** Everything there is to do; the store is finished then, and still open. @throws what the run had to stop for. */
  async run(signal: AbortSignal): Promise<PullReport> {
    const { store, gate, places, tell } = this.#options
    const { pieceCount, piecesDone } = this.#ledger
    tell({ type: 'begun', run: store.run, piecesLeft: pieceCount - piecesDone })
    const end = () => this.#stop(signal.reason)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    gate.enter(places)
    try {
      do {
        await this.#askForAll().catch((error: unknown) => this.#stop(error))
        await Promise.all(this.#underway)
        if (this.#failure) throw this.#failure.error
      } while (await this.#isUnsettled())
      await store.finish()
      return this.report()
    } finally {
      gate.leave(places)
      signal.removeEventListener('abort', end)
    }
  }

  report(): PullReport {
    return { ...this.#progress.now(), ...reportOf(this.#ledger, this.#options.plan) }
  }

  async #isUnsettled(): Promise<boolean> {
    const events = (await this.#options.settle?.()) ?? []
    for (const event of events) {
      this.#ledger.add(event)
      this.#queue.renew(event.pieces)
    }
    return events.length > 0
  }

  async #askForAll(): Promise<void> {
    const { gate, places, ready } = this.#options
    const { signal } = this.#abort
    for (;;) {
      if (!this.#queue.isEmpty) await ready?.()
      this.#troubles.tellIfClosed()
      await gate.take(places, signal)
      let task: Task | undefined
      try {
        task = await this.#queue.next()
      } finally {
        if (!task) gate.give()
      }
      if (!task) {
        if (this.#underway.size === 0) return
        await Promise.race(this.#underway)
        continue
      }
      const work = this.#work(task)
        .catch((error: unknown) => this.#stop(error))
        .finally(() => {
          this.#underway.delete(work)
          gate.give()
        })
      this.#underway.add(work)
    }
  }

  #stop(error: unknown): void {
    this.#failure ??= { error }
    this.#abort.abort(error)
  }

  async #work(task: Task): Promise<void> {
    const { ask, store, gate, pace } = this.#options
    const { piece } = task
    const begunAt = performance.now()
    const asked = ask(piece, this.#columns, this.#abort.signal)
    let facts: PieceFacts
    try {
      facts = await this.#write(piece, asked)
    } catch (error) {
      if (this.#abort.signal.aborted || !asked.failure) throw error
      const tookMs = performance.now() - begunAt
      const verdict = verdictOn(asked.failure, piece, tookMs, pace.slowMs)
      if (verdict.act !== 'empty')
        return this.#troubles.meet(task, verdict, asked.failure, begunAt, this.#underway.size)
      facts = await store.write(piece, rowsFrom(this.#columns.headers ?? [], []), () => ({
        ...asked.facts(),
        run: store.run,
      }))
    } finally {
      this.#progress.requestCount += asked.requestCount
    }
    this.#keep(piece, facts)
    if (performance.now() - begunAt < pace.growUnderMs) {
      this.#sizes.raise(piece.group, shareOf(piece.id))
      gate.raise()
    }
  }

  #write(piece: Piece, asked: Asked): Promise<PieceFacts> {
    const { store } = this.#options
    const facts = () => ({
      ...asked.facts(),
      run: store.run,
      ...(this.#tellsColumns(piece) && { columns: this.#columns.headers }),
    })
    return writePiece(store, piece, asked.rows, facts, this.#abort.signal)
  }

  /** With the first piece, and with each that is there already: a store may keep only what happened to one last. */
  #tellsColumns({ id }: Piece): boolean {
    return this.#columns.headers !== undefined && (!this.#ledger.columns || this.#ledger.isStale(id))
  }

  #keep(piece: Piece, facts: PieceFacts): void {
    this.#ledger.add({ type: 'done', piece: piece.id, facts })
    if (piece.cells) this.#sizes.fill(piece.group, piece.cells, facts.rowCount)
    this.#troubles.wentWell()
    this.#progress.mark()
    const progress = this.#progress.now()
    this.#options.tell({ type: 'piece', piece: piece.id, rowCount: facts.rowCount, progress })
  }
}
