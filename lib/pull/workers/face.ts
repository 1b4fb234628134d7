import { z } from 'zod'
import { functionSchema, type Shape, validate } from '../../checks/validate.ts'
import { QueryError } from '../../errors.ts'
import { type CallOptions, callOptionsShape } from '../../http/options.ts'
import { serverOf } from '../../http/server-of.ts'
import type { PostgresPool } from '../../sinks/postgres/session.ts'
import type { PullReport } from '../events.ts'
import { planFrom } from '../plan.ts'
import { Pull } from '../pull.ts'
import { checkedRefreshOptions, type PullRefreshOptions } from '../refresh/refresh-options.ts'
import {
  type Concurrency,
  checkedRunOptions,
  type PullRunOptions,
  runOptionsShape,
} from '../run/run-options.ts'
import type { PieceStore } from '../store.ts'
import { sharedReport } from './report.ts'
import { share, sharedStoreOf } from './share.ts'
import type { PullJob, Wake } from './wake.ts'
import { Worker } from './worker.ts'

/** What a run takes that workers do: all of `PullRunOptions` but for what each worker says itself. */
export type SharedRunOptions = Omit<PullRunOptions, 'journal' | 'concurrency'>

/** The same of a refresh. */
export type SharedRefreshOptions = Omit<PullRefreshOptions, 'journal' | 'concurrency'>

/**
 * Begins a run of a pull, and leaves its pieces to the workers of a queue: see `enqueuePull()` of
 * `dhis2-analytics-stream/graphile-worker`, which is this with graphile-worker. `wake` adds a job to another.
 *
 * @throws QueryError where `into` is no table of PostgreSQL with a Pool, or `freshness` is `strict`; what `pull.run()`
 * throws before its first piece.
 */
export async function sharePull(
  pull: Pull,
  { wake, ...options }: SharedRunOptions & { readonly wake: Wake },
): Promise<void> {
  await share(
    checkedPull('sharePull', pull).runSource(),
    checkedRunOptions(options),
    false,
    checkedWake(wake),
  )
}

/** The same for `pull.refresh()`. */
export async function shareRefresh(
  pull: Pull,
  { wake, ...options }: SharedRefreshOptions & { readonly wake: Wake },
): Promise<void> {
  const source = checkedPull('shareRefresh', pull).runSource()
  await share(source, checkedRefreshOptions(options), true, checkedWake(wake))
}

/**
 * Waits until workers have ended the run of a table, and gives its report, as the last event of `pull.run()` has it.
 *
 * @throws IncompletePullError where pieces could not be had; DatasetError where the workers had to stop, another run has
 * taken over, or nobody has begun one; the reason of `signal`, which ends the waiting and nothing else.
 */
export async function pullReport({
  into,
  signal,
}: {
  readonly into: PieceStore
  readonly signal?: AbortSignal | undefined
}): Promise<PullReport> {
  return sharedReport(sharedStoreOf('pullReport', into), signal)
}

export interface PullWorkerOptions extends Pick<CallOptions, 'timeouts' | 'headers'> {
  /** A Dhis2Client of the server whose runs it works on. */
  readonly client: object
  /** A Pool of `pg`, of the database with the tables, with at least three connections more than `concurrency.max`. */
  readonly pool: PostgresPool
  readonly wake: Wake
  /** How many requests all workers of the server have at once, in all processes: give each the same. Default 1 to 4. */
  readonly concurrency?: Concurrency | undefined
  /**
   * After how many milliseconds the pieces of a worker that is gone are another's. One that is at it renews its hold four
   * times as often. Default 60,000.
   */
  readonly leaseMs?: number | undefined
}

const schema = z.strictObject({
  client: z.custom<object>((value) => typeof value === 'object' && value !== null, {
    error: 'must be a Dhis2Client',
  }),
  pool: z.custom<PostgresPool>((value) => typeof (value as PostgresPool | null)?.totalCount === 'number', {
    error: 'must be a Pool of pg',
  }),
  wake: functionSchema<Wake>(),
  concurrency: runOptionsShape.concurrency,
  leaseMs: z.number({ error: 'must be a number of milliseconds' }).min(1000).optional(),
  timeouts: callOptionsShape.timeouts,
  headers: callOptionsShape.headers,
} satisfies Shape<PullWorkerOptions>)

/** One process of several that work on shared runs. */
export interface PullWorker {
  /**
   * What a job of the queue does: takes a piece, asks for it and stores it, and so on for some seconds, or as long as
   * there is anything to do. It fails where nobody knows what has become of a piece, as with a database that is away; that
   * is taken again, whatever becomes of the job.
   */
  work(job: PullJob): Promise<void>
  /** Adds jobs for what nobody does any more. To be called now and then, by each worker. */
  sweep(): Promise<void>
  /** Gives back what it is at, and ends. */
  close(): Promise<void>
}

/** Makes a worker of runs that are shared, for any queue. @throws QueryError for options that can't be right. */
export function pullWorker(options: PullWorkerOptions): PullWorker {
  const { client, concurrency = {}, leaseMs = 60_000, ...others } = validate(schema, options, 'pullWorker')
  const { max } = (others.pool as unknown as { options?: { max?: number } }).options ?? {}
  const needed = (concurrency.max ?? 4) + 3
  if (max !== undefined && max < needed) {
    throw new QueryError(`pullWorker: the pool has ${max} connections at most, and ${needed} are needed`)
  }
  return new Worker({ ...others, server: serverOf('pullWorker', client), planFrom, concurrency, leaseMs })
}

function checkedPull(who: string, pull: unknown): Pull {
  if (pull instanceof Pull) return pull
  throw new QueryError(`${who}: the first argument must be a pull, of analytics.plan()`)
}

function checkedWake(wake: unknown): Wake {
  return validate(functionSchema<Wake>(), wake, 'wake')
}
