import { rowsFrom } from '../../rows/rows-from.ts'
import { Guard } from '../freshness/guard.ts'
import type { Piece } from '../piece.ts'
import { type Asked, askServer } from '../run/ask.ts'
import { type FullPace, fullPace } from '../run/pace.ts'
import { shareOf } from '../run/piece-id.ts'
import { Troubles } from '../run/troubles.ts'
import { verdictOn } from '../run/verdict.ts'
import { writePiece } from '../run/write-piece.ts'
import type { PieceFacts } from '../store.ts'
import { type Claimed, claimNext } from './claim.ts'
import { isForGood } from './failures.ts'
import { finishShared } from './finish.ts'
import type { RunWorkerParts } from './run-worker-parts.ts'
import type { SharedRun } from './shared-run.ts'
import { TroubleDesk } from './trouble-desk.ts'
import { insideOf, type QueryInside } from './wake.ts'
import { LostError, putBack } from './work.ts'

/** How long a run goes on before others have their turn, in milliseconds. */
const turnMs = 5000

/** A piece that so many workers were gone with is more likely their end than their victim. */
const mostLost = 10

/** Does the work of one run, a piece at a time. */
export class RunWorker {
  readonly #run: SharedRun
  readonly #parts: RunWorkerParts
  readonly #pace: FullPace
  readonly #desk: TroubleDesk
  readonly #troubles: Troubles
  #guard: Promise<Guard> | undefined
  /** Whether the workers have it no more. */
  isLost = false

  constructor(run: SharedRun, parts: RunWorkerParts) {
    this.#run = run
    this.#parts = parts
    this.#pace = fullPace(run.settings.pace)
    this.#desk = new TroubleDesk(run, parts)
    const { dataset, sizes } = run
    const options = { pace: this.#pace, gate: this.#desk, store: dataset.store, tell: () => undefined }
    this.#troubles = new Troubles(options, this.#desk, sizes, this.#desk)
  }

  /** Takes what comes first, and does it, a piece or the end; then the next, until it is another run's turn. */
  async work(): Promise<void> {
    const begunAt = performance.now()
    while (!this.#parts.signal.aborted) {
      if (performance.now() - begunAt > turnMs) return this.#inside((query) => this.#wake(query))
      const claim = await this.#claim()
      if (!claim) return
      let isOver = false
      try {
        isOver = await this.#work(claim)
      } finally {
        this.#parts.heartbeat.letGo(claim)
        if (this.#run.claims.get(claim.piece) === claim) this.#run.claims.delete(claim.piece)
        if (!isOver) await this.#leave(claim).catch(() => undefined)
      }
    }
  }

  async #claim(): Promise<Claimed | undefined> {
    const { journal, hold, dataset, sizes, database, run, claims } = this.#run
    const parts = { ...this.#parts, run, hold, journal, sizes, plan: dataset.plan }
    const since = performance.now()
    const claim = await database
      .transaction((statements) => claimNext(statements, parts))
      .catch((error: unknown) => {
        this.isLost ||= error instanceof LostError
        throw error
      })
    if (!claim) return undefined
    claims.set(claim.piece, claim)
    this.#parts.heartbeat.hold(this.#run, claim, since)
    return claim
  }

  /** Whether it was done, and its place is given back. */
  async #work(claim: Claimed): Promise<boolean> {
    try {
      if (claim.kind === 'piece') return await this.#piece(claim)
      await finishShared(claim, this.#parts)
    } catch (error) {
      if (error instanceof LostError || claim.lost.signal.aborted) return false
      if (!this.#parts.signal.aborted && (isForGood(error) || error === this.#desk.stopped)) {
        await this.#fail(error as Error)
        return false
      }
      await this.#putBack(claim)
      if (!this.#parts.signal.aborted) throw error
    }
    return false
  }

  async #piece(claim: Claimed): Promise<boolean> {
    const { dataset, sizes } = this.#run
    const piece = dataset.plan.piece(claim.piece)
    this.#desk.done = claim.done
    if (claim.lostCount >= mostLost) {
      const reason = `${claim.lostCount} workers were gone before they had done it`
      await dataset.store.note({ type: 'setAside', piece: piece.id, reason, code: '' })
      return false
    }
    if (shareOf(piece.id) > sizes.of(piece.group) && (await this.#desk.cut(piece))) return false
    await (await this.#watching())?.ready(this.#parts.signal)
    return this.#ask(claim, piece)
  }

  async #ask(claim: Claimed, piece: Piece): Promise<boolean> {
    const { server, call, signal } = this.#parts
    const { columns, dataset, sizes, store } = this.#run
    const begunAt = performance.now()
    const ending = AbortSignal.any([signal, claim.lost.signal])
    const asked = askServer(server, call, store.readsMetaData)(piece, columns, ending)
    const factsOf = () => {
      claim.requestCount = asked.requestCount
      claim.wentWell = performance.now() - begunAt < this.#pace.growUnderMs
      return { ...asked.facts(), run: store.run }
    }
    try {
      await this.#write(piece, asked, ending, factsOf)
    } catch (error) {
      if (ending.aborted || !asked.failure) throw error
      claim.requestCount = asked.requestCount
      const verdict = verdictOn(asked.failure, piece, performance.now() - begunAt, this.#pace.slowMs)
      if (verdict.act !== 'empty') {
        await this.#meet(claim, piece, verdict, asked.failure, begunAt)
        return false
      }
      await dataset.store.write(piece, rowsFrom(columns.headers ?? [], []), factsOf)
    }
    this.#troubles.wentWell()
    if (claim.wentWell) sizes.raise(piece.group, shareOf(piece.id))
    return true
  }

  async #meet(
    claim: Claimed,
    piece: Piece,
    verdict: Parameters<Troubles['meet']>[1],
    error: Error,
    begunAt: number,
  ): Promise<void> {
    const { tries, doneBefore } = claim
    await this.#desk.look(claim)
    try {
      await this.#troubles.meet({ piece, tries, doneBefore }, verdict, error, begunAt, this.#desk.underway)
    } catch (thrown) {
      if (thrown === error) this.#desk.stopped = error
      throw thrown
    }
  }

  async #write(piece: Piece, { rows }: Asked, ending: AbortSignal, factsOf: () => PieceFacts): Promise<void> {
    const { columns, dataset, hasColumns } = this.#run
    const facts = () => ({
      ...factsOf(),
      ...(!hasColumns && columns.headers && { columns: columns.headers }),
    })
    await writePiece(dataset.store, piece, rows, facts, ending)
  }

  /** The first of a process looks at the server once more than those that come. */
  #watching(): Promise<Guard | undefined> {
    const { settings, dataset } = this.#run
    const { server, call, signal } = this.#parts
    const { freshness, sinceRun } = settings
    if (!freshness) return Promise.resolve(undefined)
    this.#guard ??= (async () => {
      const guard = new Guard({
        ...freshness,
        server,
        call,
        dataset,
        tell: () => undefined,
        sinceRun,
        signal,
      })
      await guard.begin()
      return guard
    })().catch((error: unknown) => {
      this.#guard = undefined
      throw error
    })
    return this.#guard
  }

  /** Gives the place back where it wasn't given back with what was done, and tells of its requests. */
  async #leave(claim: Claimed): Promise<void> {
    const { run } = this.#run
    await this.#inside(async (query) => {
      const { rowCount } = await query('DELETE FROM dhis2_worker_places WHERE place = $1', [claim.place])
      if (rowCount === 0 || claim.requestCount === 0) return
      await query('UPDATE dhis2_worker_runs SET requests = requests + $2 WHERE run = $1', [
        run,
        claim.requestCount,
      ])
    })
  }

  async #putBack(claim: Claimed): Promise<void> {
    const { tries, doneBefore } = claim
    await this.#inside(async (query) => {
      await putBack(query, this.#run.run, claim, { tries, doneBefore, position: undefined })
      await this.#wake(query)
    }).catch(() => undefined)
  }

  /** Nobody goes on: what is done is kept, and whoever waits for it is told why. */
  async #fail(error: Error): Promise<void> {
    const { store, run, journal, holder } = this.#run
    await store.inside(async (statements) => {
      const query = insideOf(statements)
      await query('DELETE FROM dhis2_worker_work WHERE run = $1', [run])
      await query('UPDATE dhis2_worker_runs SET failure = $2, ended_at = clock_timestamp() WHERE run = $1', [
        run,
        `${error.name}: ${error.message}`,
      ])
      await journal.release(statements, holder)
    })
  }

  async #wake(query: QueryInside): Promise<void> {
    await this.#parts.wake(query, 0)
  }

  #inside<T>(work: (query: QueryInside) => Promise<T>): Promise<T> {
    return this.#run.database.transaction((statements) => work(insideOf(statements)))
  }
}
