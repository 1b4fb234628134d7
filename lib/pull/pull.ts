import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import type { Target } from '../query/query.ts'
import { described } from './describe.ts'
import type { PiecePlan } from './plan.ts'

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

  /** The plan in JSON. */
  toJSON(): unknown {
    return this.plan.toJSON()
  }
}
