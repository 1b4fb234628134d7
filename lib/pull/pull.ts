import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import type { Target } from '../query/query.ts'
import { described } from './describe.ts'
import type { PullEvent } from './events.ts'
import { type PiecePlan, planFrom } from './plan.ts'
import { type PullRunOptions, runPull } from './run/run.ts'
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
    const { server, call } = this.source
    return runPull({ server, head: this.#head(), planFrom }, { ...pick(call), ...options })
  }

  #head(): DatasetHead {
    const { server, target } = this.source
    const base = server.prepare('/api', '', {}).request.url.replace(/\/api$/, '')
    const asked = [['endpoint', target.endpoint] as const, ...target.pairs]
    return { format: 1, question: { server: base, asked }, plan: this.toJSON() }
  }

  /** The plan in JSON. */
  toJSON(): unknown {
    return this.plan.toJSON()
  }
}

/** What goes for the requests of a run too, unless it says otherwise. */
function pick({ timeouts, headers }: CallOptions): Pick<CallOptions, 'timeouts' | 'headers'> {
  return { timeouts, headers }
}
