import type { Gate, Places } from '../../http/gate.ts'
import { rowsFrom } from '../../rows/rows-from.ts'
import type { PullEvent, PullReport } from '../events.ts'
import type { Piece, Plan } from '../piece.ts'
import type { OpenStore, PieceFacts } from '../store.ts'
import type { Asked, AskPiece } from './ask.ts'
import { SharedColumns } from './columns.ts'
import { Ledger } from './ledger.ts'
import type { FullPace } from './pace.ts'
import { shareOf } from './piece-id.ts'
import { Progress } from './progress.ts'
import { Queue, type Task } from './queue.ts'
import { Sizes } from './sizes.ts'
import { type Verdict, verdictOn } from './verdict.ts'

/** How often a piece is asked for as it is before it is cut, where it seems to be its own fault. */
const mostTries = 3

/** How many requests in a row may fail before the run stops: a piece is cut as often until one cell of it is alone. */
const mostInVain = 40

/** No wait is longer than so many times the first. */
const longestWait = 30

export interface EngineOptions {
  readonly plan: Plan
  readonly store: OpenStore
  readonly ask: AskPiece
  readonly gate: Gate
  readonly places: Places
  readonly pace: FullPace
  readonly tell: (event: PullEvent) => void
  /** No more cells than so many are asked for at once. Default as many as go well. */
  readonly mostCells?: number
  /** Whether the run fails with a piece that can't be had, in place of setting it aside. Default false. */
  readonly isStrict?: boolean
}

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
  #inVain = 0
  #done = 0
  #waitedForTablesAt: number | undefined

  constructor(options: EngineOptions) {
    const { plan, store, mostCells = Number.POSITIVE_INFINITY } = options
    this.#options = options
    this.#ledger = new Ledger(plan.pieceCount, store.events)
    this.#queue = new Queue(plan, this.#ledger, this.#sizes, store, mostCells)
    this.#columns = new SharedColumns(this.#ledger.columns)
    this.#progress = new Progress(this.#ledger)
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
      await this.#askForAll().catch((error: unknown) => this.#stop(error))
      await Promise.all(this.#underway)
      if (this.#failure) throw this.#failure.error
      await store.finish()
      return this.report()
    } finally {
      gate.leave(places)
      signal.removeEventListener('abort', end)
    }
  }

  report(): PullReport {
    const { setAside, items } = this.#ledger
    return {
      ...this.#progress.now(),
      isComplete: setAside.size === 0,
      setAside: Array.from(setAside, ([piece, reason]) => ({
        piece,
        covers: coversOf(this.#options.plan.piece(piece)),
        reason,
      })),
      withoutRows: [...items].flatMap(([item, hasRows]) => (hasRows ? [] : [item])),
    }
  }

  async #askForAll(): Promise<void> {
    const { gate, places } = this.#options
    const { signal } = this.#abort
    for (;;) {
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
      if (verdict.act !== 'empty') return this.#failed(task, verdict, asked.failure, begunAt)
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
    const { rows } = asked
    const stop = () => rows.destroy()
    this.#abort.signal.addEventListener('abort', stop)
    // Whoever takes the rows hears of it: they need not listen, as where they have failed themselves.
    rows.on('error', () => undefined)
    return store
      .write(piece, rows, () => ({
        ...asked.facts(),
        run: store.run,
        ...(!this.#ledger.columns && this.#columns.headers && { columns: this.#columns.headers }),
      }))
      .finally(() => {
        this.#abort.signal.removeEventListener('abort', stop)
        rows.destroy()
      })
  }

  #keep(piece: Piece, facts: PieceFacts): void {
    this.#ledger.add({ type: 'done', piece: piece.id, facts })
    this.#inVain = 0
    this.#done += 1
    this.#progress.mark()
    const progress = this.#progress.now()
    this.#options.tell({ type: 'piece', piece: piece.id, rowCount: facts.rowCount, progress })
  }

  async #failed(
    task: Task,
    verdict: Exclude<Verdict, { act: 'empty' }>,
    error: Error,
    begunAt: number,
  ): Promise<void> {
    const { gate, pace } = this.#options
    this.#inVain += 1
    if (verdict.act === 'stop' || this.#inVain > mostInVain) throw error
    switch (verdict.act) {
      case 'wait':
        this.#wait(verdict.ms ?? this.#growingWait(), error)
        return this.#queue.again(task, true)
      case 'waitForTables': {
        const { tablesMs } = pace
        const waitedAt = this.#waitedForTablesAt
        if (waitedAt === undefined || begunAt < waitedAt) {
          this.#waitedForTablesAt ??= performance.now()
          if (waitedAt === undefined) this.#wait(tablesMs, error)
          return this.#queue.again(task, true)
        }
        throw error
      }
      case 'again': {
        if (verdict.isOutage) {
          gate.lower(begunAt)
          this.#wait(this.#growingWait(), error)
        }
        const tries = task.tries + (verdict.isOutage && !this.#isItsOwnFault(task) ? 0 : 1)
        if (tries < mostTries) {
          return this.#queue.again({ ...task, tries, doneBefore: this.#done }, !verdict.isOutage)
        }
        return this.#cut(task.piece, error)
      }
      case 'cut':
        if (verdict.isHeavy) gate.lower(begunAt)
        if (verdict.isSize) this.#sizes.lower(task.piece.group, shareOf(task.piece.id), begunAt)
        return this.#cut(task.piece, error)
      case 'setAside':
        return this.#setAside(task.piece, error)
      default:
        verdict satisfies never
    }
  }

  /** Where the server seems to be away: others went well since it failed last, or there are none to tell. */
  #isItsOwnFault({ doneBefore }: Task): boolean {
    if (this.#queue.isEmpty && this.#underway.size === 1) return true
    return doneBefore !== undefined && this.#done > doneBefore
  }

  #growingWait(): number {
    return this.#options.pace.waitMs * Math.min(longestWait, 2 ** (this.#inVain - 1))
  }

  #wait(ms: number, error: Error): void {
    this.#options.gate.pause(ms)
    this.#options.tell({ type: 'waiting', ms, reason: error.message })
  }

  async #cut(piece: Piece, error: Error): Promise<void> {
    const into = await this.#queue.cut(piece)
    if (!into) return this.#setAside(piece, error)
    this.#options.tell({ type: 'split', piece: piece.id, into, reason: error.message })
  }

  async #setAside(piece: Piece, error: Error): Promise<void> {
    if (this.#options.isStrict) throw error
    const { errorCode, code } = error as { errorCode?: string; code?: string }
    const reason = error.message
    const event = { type: 'setAside', piece: piece.id, reason, code: errorCode ?? code ?? '' } as const
    await this.#options.store.note(event)
    this.#ledger.add(event)
    this.#options.tell({ type: 'setAside', piece: piece.id, reason })
  }
}

function coversOf({ covers, days, pairs }: Piece): unknown {
  return covers ?? days ?? pairs
}
