import { Asker } from '../asking/asker.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import type { Target } from '../query/query.ts'
import { described } from './describe.ts'
import type { PullEvent } from './events.ts'
import { freeze } from './freeze.ts'
import { PiecePlan, planFrom } from './plan.ts'
import { asOfPieces, type PieceAsOf } from './refresh/as-of.ts'
import { refreshPull } from './refresh/refresh.ts'
import type { PullRefreshOptions } from './refresh/refresh-options.ts'
import { type PullRunOptions, type RunSource, runPull } from './run/run.ts'
import { checkedRunOptions, storeOf } from './run/run-options.ts'
import type { DatasetHead } from './store.ts'

/** What a pull was asked, and on whose behalf. */
export interface PullSource {
  readonly server: Server
  readonly call: CallOptions
  /** The question as it was given, before anything was frozen. */
  readonly target: Target
}

/** A question too large for one request: what it means today, and in which pieces it is asked. */
export class Pull {
  readonly plan: PiecePlan
  protected readonly source: PullSource

  constructor(plan: PiecePlan, source: PullSource) {
    this.plan = plan
    this.source = source
  }

  /** Pieces, requests and cells of each class of data, why they are cut so, and what is kept whole: text for people. */
  describe(): string {
    return described(this.plan)
  }

  /**
   * Asks for all pieces and stores them, as its events are read: larger requests and more of them at once while the server
   * answers soon, smaller and fewer where it does not. What a run has stored no other asks for again: after a crash, an
   * abort or an early `break` the next one with the same store goes on, with what the question meant at its start. Of a
   * dataset that is finished nothing is asked.
   *
   * ```ts
   * for await (const event of pull.run({ into: parquetFiles('out/anc') })) if (event.type === 'piece') console.log(event)
   * ```
   *
   * The last event is `finished`, with a report. What could not be had is set aside and told, and fails the run behind its
   * last event with an IncompletePullError: a run that ends without an error has all of the data. A slow reader of events
   * holds nothing up, and misses some.
   *
   * @throws QueryError for options that can't be right. The iteration fails with a DatasetError where the store holds
   * another question, is finished and the question means something else by now, or is held by another run; with an
   * AbortError where `signal` says so; and with whatever the run had to stop for.
   */
  run(options: PullRunOptions): AsyncGenerator<PullEvent, void, undefined> {
    const { headNow: _, ...source } = this.runSource()
    return runPull(source, { ...pick(this.source.call), ...options })
  }

  /**
   * Makes a dataset true again, or pulls it where there is none: night after night. What the question means is asked anew;
   * where that has moved on, as `LAST_12_MONTHS` does in a new month, pieces that are asked for still are kept, what nobody
   * asks for any more goes, and the rest is pulled. Then what may not be true any more is pulled again, a piece at a time:
   *
   * - the last `periods` that have begun, 3 of each length unless you say otherwise
   * - pieces that hold values which were entered, changed or deleted since the last time, in them or in what they are
   *   made of: operands, indicators, org units above, later periods where the newest value counts
   * - what was answered while analytics tables were replaced, or set aside
   * - where coarse questions (the topmost two levels by year, once a week) are answered otherwise than before
   * - all of it, where formulas, types, groups or the hierarchy differ, or a month after the last full pull
   *
   * Each is noted before it is pulled, so that a refresh that is interrupted goes on. Until a piece is pulled, its old rows
   * are there. What no refresh can see is told in `PullRefreshOptions`.
   *
   * ```ts
   * for await (const event of pull.refresh({ into: csvFiles('out/anc') })) if (event.type === 'refreshing') console.log(event)
   * ```
   *
   * The report of the last event tells in `refresh` what was pulled again and why. It fails as `run` does.
   */
  refresh(options: PullRefreshOptions): AsyncGenerator<PullEvent, void, undefined> {
    return refreshPull(this.runSource(), { ...pick(this.source.call), ...options })
  }

  /**
   * As of when each piece of a dataset is, in the order that they came: what has changed in the server's analytics behind
   * that is not in it. Asks the server nothing.
   *
   * @throws DatasetError as `run` does, also while a run has it.
   */
  asOf({ into, journal }: Pick<PullRunOptions, 'into' | 'journal'>): Promise<PieceAsOf[]> {
    return asOfPieces(storeOf(checkedRunOptions({ into, journal })), this.#head(this.plan), planFrom)
  }

  /** What runs are made of; for what has them run elsewhere. */
  runSource(): RunSource {
    const { server, call, target } = this.source
    const headNow = async (signal: AbortSignal) => {
      const question = await freeze(new Asker(server, call, signal), target)
      return this.#head(new PiecePlan(question, this.plan.size))
    }
    return { server, head: this.#head(this.plan), headNow, planFrom, freshness: 'mixed' }
  }

  #head(plan: PiecePlan): DatasetHead {
    const { server, target } = this.source
    const asked = [['endpoint', target.endpoint] as const, ...target.pairs]
    return { format: 1, question: { server: baseUrlOf(server), asked }, plan: plan.toJSON() }
  }

  /** The plan in JSON. */
  toJSON(): unknown {
    return this.plan.toJSON()
  }
}

/** By which a server is known. */
export function baseUrlOf(server: Server): string {
  return server.prepare('/api', '', {}).request.url.replace(/\/api$/, '')
}

/** What goes for the requests of a run too, unless it says otherwise. */
function pick({ timeouts, headers }: CallOptions): Pick<CallOptions, 'timeouts' | 'headers'> {
  return { timeouts, headers }
}
