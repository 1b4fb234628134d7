import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { ServerPlaces } from './places.ts'
import type { SharedRun } from './shared-run.ts'
import type { QueryInside } from './wake.ts'

/** What the work of a run is done with. */
export interface RunWorkerParts {
  /** Reads the run anew. */
  readonly read: () => Promise<SharedRun | undefined>
  readonly server: Server
  readonly call: Pick<CallOptions, 'timeouts' | 'headers'>
  readonly holder: string
  readonly places: ServerPlaces
  readonly leaseMs: number
  readonly heartbeat: Heartbeat
  readonly wake: (query: QueryInside, afterMs: number) => Promise<unknown>
  readonly signal: AbortSignal
}
