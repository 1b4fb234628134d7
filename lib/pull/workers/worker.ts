import { randomUUID } from 'node:crypto'
import { QueryError } from '../../errors.ts'
import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import type { PostgresPool } from '../../sinks/postgres/session.ts'
import { inTransaction, type PostgresStatements } from '../../sinks/postgres/statements.ts'
import type { Plan } from '../piece.ts'
import { baseUrlOf } from '../pull.ts'
import type { Concurrency } from '../run/run-options.ts'
import { postgresDatabase } from '../stores/postgres-table.ts'
import { Heartbeat } from './heartbeat.ts'
import { ServerPlaces } from './places.ts'
import { RunWorker } from './run-worker.ts'
import { runOf, SharedRun } from './shared-run.ts'
import type { PullJob, QueryInside, Wake } from './wake.ts'
import { LostError } from './work.ts'
import { makeWorkTables } from './work-tables.ts'

export interface WorkerParts extends Pick<CallOptions, 'timeouts' | 'headers'> {
  readonly pool: PostgresPool
  readonly server: Server
  readonly wake: Wake
  readonly planFrom: (json: unknown) => Plan
  readonly leaseMs: number
  readonly concurrency: Concurrency
}

/** Does the work of runs that are shared, a piece at a time, in one of several processes. */
export class Worker {
  readonly #parts: WorkerParts
  readonly #serverUrl: string
  readonly #holder = randomUUID()
  readonly #places: ServerPlaces
  readonly #heartbeat: Heartbeat
  readonly #ending = new AbortController()
  readonly #runs = new Map<string, Promise<RunWorker | undefined>>()
  readonly #underway = new Set<Promise<void>>()
  #entering: Promise<void> | undefined

  constructor(parts: WorkerParts) {
    const { server, leaseMs, concurrency } = parts
    const { start = 1, max = 4 } = concurrency
    this.#parts = parts
    this.#serverUrl = baseUrlOf(server)
    this.#places = new ServerPlaces(this.#serverUrl, { start, max }, leaseMs)
    this.#heartbeat = new Heartbeat(this.#holder, leaseMs, this.#places, (work) => this.#inside(work))
  }

  /** Does what a job is for. @throws QueryError for jobs of another server. */
  work(job: PullJob): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve()
    if (job.server !== this.#serverUrl) {
      throw new QueryError(`work: this worker asks ${this.#serverUrl}, and the job is of ${job.server}`)
    }
    const work = this.#work(job).finally(() => this.#underway.delete(work))
    this.#underway.add(work)
    return work
  }

  /** Adds jobs again for work that nobody does, of whom it may have been and is gone. */
  async sweep(): Promise<void> {
    await this.#enter()
    await this.#inside(async ({ query }) => {
      await this.#places.tidy(query)
      const { rows } = await query(
        `SELECT run FROM dhis2_worker_runs r WHERE server = $1 AND ended_at IS NULL AND EXISTS (
           SELECT FROM dhis2_worker_work w
           WHERE w.run = r.run AND (lease_until IS NULL OR lease_until < clock_timestamp()))`,
        [this.#serverUrl],
      )
      for (const { run } of rows) await this.#wake(JSON.parse(String(run)), 0, query)
    })
  }

  /** Gives back what it has, and ends. */
  async close(): Promise<void> {
    this.#ending.abort(new Error('The worker was closed'))
    await Promise.allSettled(this.#underway)
    await this.#heartbeat.close()
  }

  async #work(job: PullJob): Promise<void> {
    await this.#enter()
    const key = runOf(job.table)
    for (let isAgain = false; ; isAgain = true) {
      const reading = this.#runs.get(key) ?? this.#read(job.table)
      this.#runs.set(key, reading)
      const run = await reading.catch(() => undefined)
      try {
        if (run) return await run.work()
        this.#forget(key, reading)
        await reading
        return
      } catch (error) {
        if (!(error instanceof LostError)) throw error
        // It has ended; another may have begun since.
        if (run && !run.isLost) return
        this.#forget(key, reading)
        if (isAgain) return
      }
    }
  }

  #forget(key: string, reading: Promise<RunWorker | undefined>): void {
    if (this.#runs.get(key) === reading) this.#runs.delete(key)
  }

  async #read(table: readonly string[]): Promise<RunWorker | undefined> {
    const { pool, planFrom, server, timeouts, headers, leaseMs } = this.#parts
    const database = postgresDatabase(pool, table)
    const wake = (query: QueryInside, afterMs: number) => this.#wake(table, afterMs, query)
    const read = () => SharedRun.read(database, planFrom, this.#places, wake)
    const run = await read()
    if (!run) return undefined
    return new RunWorker(run, {
      read,
      server,
      call: { timeouts, headers },
      holder: this.#holder,
      places: this.#places,
      leaseMs,
      heartbeat: this.#heartbeat,
      wake,
      signal: this.#ending.signal,
    })
  }

  #wake(table: readonly string[], afterMs: number, query: QueryInside): Promise<unknown> {
    return this.#parts.wake({ server: this.#serverUrl, table }, afterMs, query)
  }

  #enter(): Promise<void> {
    this.#entering ??= this.#inside(async ({ query }) => {
      await makeWorkTables(query)
      await this.#places.enter(query)
    }).catch((error: unknown) => {
      this.#entering = undefined
      throw error
    })
    return this.#entering
  }

  #inside<T>(work: (statements: PostgresStatements) => Promise<T>): Promise<T> {
    return inTransaction(this.#parts.pool, 'dhis2_worker_work', work)
  }
}
