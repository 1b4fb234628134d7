import { createHash } from 'node:crypto'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import type { Pool } from 'pg'
import { serverOf } from '../http/server-of.ts'
import { baseUrlOf, type Pull } from '../pull/pull.ts'
import type { PostgresDatabase } from '../pull/stores/postgres-table.ts'
import {
  type PullWorkerOptions,
  pullWorker,
  type SharedRefreshOptions,
  type SharedRunOptions,
  sharePull,
  shareRefresh,
} from '../pull/workers/face.ts'
import { sharedStoreOf } from '../pull/workers/share.ts'
import type { PullJob, Wake } from '../pull/workers/wake.ts'
import type { PostgresPool } from '../sinks/postgres/session.ts'
import { inTransaction } from '../sinks/postgres/statements.ts'

/** A worker takes jobs of its own server alone. */
function taskOf(server: string): string {
  return `dhis2-pull-${createHash('sha256').update(server).digest('hex').slice(0, 16)}`
}

/**
 * Of one table one job waits. Under the key of one that runs a new one is added, and that is as it should be. Nothing is
 * tried again by the queue: the table of pieces knows better.
 */
const wake: Wake = (job, afterMs, query) =>
  query(
    `SELECT graphile_worker.add_job($1, payload := $2::json, job_key := $3, max_attempts := 1,
       run_at := clock_timestamp() + $4::float8 * interval '1 millisecond')`,
    [taskOf(job.server), JSON.stringify(job), `dhis2 ${JSON.stringify([job.server, job.table])}`, afterMs],
  )

const quiet = new Logger(() => () => undefined)

/** Makes its tables, where there are none: one process after another, as it fails where two do at once. */
function migrate(pool: PostgresPool): Promise<void> {
  return inTransaction(pool, 'graphile_worker', async ({ query }) => {
    await query("SELECT pg_advisory_xact_lock(hashtextextended('dhis2-analytics-stream graphile-worker', 0))")
    const utils = await makeWorkerUtils({ pgPool: pool as unknown as Pool, logger: quiet })
    await utils.release()
  })
}

async function migrateFor(who: string, into: unknown): Promise<void> {
  const { client } = sharedStoreOf(who, into).database as PostgresDatabase
  await migrate(client as PostgresPool)
}

/**
 * Begins a run of a pull as `pull.run()` does, and leaves its pieces to workers: processes that `runPullWorker()`, on
 * this machine or others. What is to do, and the first job, are one commit in the database of the table. Resolves then;
 * `pullReport()` waits for the end. Where workers have the table already, they are woken and go on.
 *
 * ```ts
 * const into = postgresTable({ client: pool, table: 'anc' })
 * await enqueuePull(await client.analytics.plan(query), { into })
 * const report = await pullReport({ into })
 * ```
 *
 * @throws QueryError where `into` is no `postgresTable` with a Pool, or `freshness` is `strict`, which workers can't hold;
 * and what `pull.run()` throws before its first piece.
 */
export async function enqueuePull(pull: Pull, options: SharedRunOptions): Promise<void> {
  await migrateFor('enqueuePull', options?.into)
  await sharePull(pull, { ...options, wake })
}

/** The same for `pull.refresh()`: what may not be true any more is found here, and pulled by the workers. */
export async function enqueueRefresh(pull: Pull, options: SharedRefreshOptions): Promise<void> {
  await migrateFor('enqueueRefresh', options?.into)
  await shareRefresh(pull, { ...options, wake })
}

export interface RunPullWorkerOptions extends Omit<PullWorkerOptions, 'wake'> {
  /** Ends it: what it is at is given back, for others to take at once. */
  readonly signal: AbortSignal
}

/**
 * Works on the runs of a server, in as many processes as you like, until `signal` says so. A worker that is killed loses
 * nothing: what it was at is taken by another when its lease runs out, and what it would write still is refused.
 *
 * ```ts
 * await runPullWorker({ client, pool, signal })
 * ```
 *
 * All workers of a server keep one budget of requests, and wait together where it asks for that. The tables of
 * graphile-worker are made where there are none. Its jobs are no more than wake-ups: what there is to do, and who has it,
 * is in tables beside it, so that one job more or less changes nothing.
 *
 * @throws QueryError for options that can't be right; what graphile-worker fails with.
 */
export async function runPullWorker({ signal, ...options }: RunPullWorkerOptions): Promise<void> {
  const worker = pullWorker({ ...options, wake })
  const task = taskOf(baseUrlOf(serverOf('runPullWorker', options.client)))
  const { concurrency, leaseMs = 60_000, pool } = options
  const pgPool = pool as unknown as Pool
  await migrate(pool)
  if (signal.aborted) return worker.close()
  const runner = await run({
    pgPool,
    concurrency: concurrency?.max ?? 4,
    noHandleSignals: true,
    logger: quiet,
    taskList: { [task]: (job) => worker.work(job as PullJob) },
  })
  const sweep = () => void worker.sweep().catch(() => undefined)
  const timer = setInterval(sweep, leaseMs / 2)
  sweep()
  const ended = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  try {
    await Promise.race([ended, runner.promise])
  } finally {
    clearInterval(timer)
    await worker.close()
    if (signal.aborted) await runner.stop()
  }
}
