import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import type { FreshnessReport, PullEvent } from '../events.ts'
import type { PieceId } from '../piece.ts'
import type { Dataset } from '../refresh/dataset.ts'
import type { PieceEvent } from '../store.ts'
import type { FreshnessOptions } from './freshness-options.ts'
import type { Judge } from './judge.ts'
import { look } from './look.ts'
import { isPassing } from './passing.ts'
import type { Sighting } from './pin.ts'
import { Watch } from './watch.ts'

export interface GuardOptions extends FreshnessOptions {
  readonly server: Server
  readonly call: CallOptions
  readonly dataset: Dataset
  readonly tell: (event: PullEvent) => void
  /** Only what was written by this run or later ones is judged. */
  readonly sinceRun: number
  readonly signal: AbortSignal
  /** How often tables had been replaced when what is judged began. Default as often as at `begin`. */
  readonly replacedBefore?: number
}

const defaultAttempts = 3

/** Watches over the freshness of a run: what is pulled again at its end, and what its report says. */
export class Guard {
  readonly #options: GuardOptions
  readonly #watch: Watch
  #judge: Judge | undefined
  #replacedBefore = 0
  /** How often pieces were pulled again. */
  attempts = 0

  constructor(options: GuardOptions) {
    const { server, call, dataset, tell, signal, everyMs, whileRunningMs, allowanceMs } = options
    this.#options = options
    this.#replacedBefore = options.replacedBefore ?? 0
    const watch = {
      everyMs,
      whileRunningMs,
      allowanceMs,
      seen: dataset.holdings.sightings,
      note: (sightings: readonly Sighting[]) => dataset.store.note({ type: 'seen', sightings }),
      onWaiting: (ms: number, reason: string) => tell({ type: 'waiting', ms, reason }),
    }
    this.#watch = new Watch(() => look(server, call, signal), watch, signal)
  }

  /**
   * Looks, waits while a job runs, and gives what was seen last: nothing was asked for yet. What was pulled before can be
   * judged by `judge` then.
   *
   * @throws NeverRanError
   */
  async begin(): Promise<Sighting> {
    this.#judge = await this.#watch.judged()
    await this.#watch.untilNew(this.#judge)
    this.#replacedBefore = this.#judge.replacedCount
    return this.#watch.sightings.at(-1)!
  }

  get judge(): Judge {
    return this.#judge!
  }

  /** Fulfilled when a piece may begin. Where the server can't be asked, pieces fare no better, and the run waits for them. */
  async ready(signal: AbortSignal): Promise<void> {
    try {
      await this.#watch.ready()
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
    }
  }

  /** Whether tables were replaced since the beginning, or the last time this was asked. */
  get isMoved(): boolean {
    return this.judge.replacedCount > this.#replacedBefore
  }

  /** All is done: what is to be pulled again, with what `more` gives where tables were replaced; noted as stale. */
  async settle(
    more: () => Promise<readonly PieceId[]>,
  ): Promise<readonly (PieceEvent & { type: 'stale' })[]> {
    const { policy, dataset, attempts = defaultAttempts } = this.#options
    this.#judge = await this.#watch.judged()
    if (policy !== 'strict' || this.attempts >= attempts) return []
    const { old, suspect } = this.#doubtful()
    const again = new Set([...old, ...suspect])
    if (this.isMoved) for (const piece of await more()) again.add(piece)
    this.#replacedBefore = this.judge.replacedCount
    if (again.size === 0) return []
    this.attempts += 1
    const event = dataset.holdings.staleEvent([...again], 'the analytics tables were replaced')
    await dataset.store.note(event)
    await this.#watch.untilNew(this.judge)
    return [event]
  }

  report(): FreshnessReport {
    const { old, suspect } = this.#doubtful()
    const { pin, isProven } = this.judge
    return {
      tablesOf: pin.tables,
      isOneSnapshot: old.length + suspect.length === 0 && !this.isMoved,
      isProven,
      replacedCount: this.judge.replacedCount,
      old,
      suspect,
    }
  }

  #doubtful(): { old: PieceId[]; suspect: PieceId[] } {
    const { dataset, sinceRun } = this.#options
    const old: PieceId[] = []
    const suspect: PieceId[] = []
    for (const [id, leaf] of dataset.holdings.leaves) {
      if (leaf.run < sinceRun) continue
      const verdict = this.judge.verdict(leaf)
      if (verdict === 'old') old.push(id)
      if (verdict === 'suspect') suspect.push(id)
    }
    return { old, suspect }
  }
}
