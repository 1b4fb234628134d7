import { randomUUID } from 'node:crypto'
import { DatasetError, QueryError } from '../../errors.ts'
import type { Statements } from '../../sinks/load-steps.ts'
import { type FreshnessOptions, fullFreshness } from '../freshness/freshness-options.ts'
import { look } from '../freshness/look.ts'
import { checkQuestion, isSameQuestion } from '../journal/question.ts'
import { baseUrlOf } from '../pull.ts'
import { Dataset } from '../refresh/dataset.ts'
import { Marking } from '../refresh/marking.ts'
import type { PullRefreshOptions } from '../refresh/refresh-options.ts'
import { guardOf } from '../run/engine-of.ts'
import { Ledger } from '../run/ledger.ts'
import { beginKnowing, checkPlan, isFinished, type PullRunOptions, type RunSource } from '../run/run.ts'
import type { Tools } from '../run/run-events.ts'
import type { DatasetHead } from '../store.ts'
import { sharedHolder, TableStore } from '../stores/table-store.ts'
import type { RunSettings } from './settings.ts'
import { runOf } from './shared-run.ts'
import { insideOf, type QueryInside, type Wake } from './wake.ts'
import { positions } from './work.ts'
import { makeWorkTables } from './work-tables.ts'

/** @throws QueryError where workers can't do that. */
export function sharedStoreOf(who: string, into: unknown): TableStore {
  if (into instanceof TableStore && into.database.dialect === 'postgres' && into.database.reconnects)
    return into
  throw new QueryError(
    `${who}: workers share a dataset in PostgreSQL: into: postgresTable({ client: pool, … })`,
  )
}

/**
 * Begins a run, or a refresh, as `Pull.run` and `Pull.refresh` do, and leaves what is to be pulled to workers: what is
 * to do and the first job of the queue are one commit. Where workers have the dataset already they are woken, and go on.
 *
 * @throws QueryError, DatasetError, and what a run throws at its begin.
 */
export async function share(
  source: RunSource,
  options: PullRunOptions | PullRefreshOptions,
  isRefresh: boolean,
  wake: Wake,
): Promise<void> {
  const who = isRefresh ? 'refresh' : 'run'
  const store = sharedStoreOf(who, options.into)
  const freshness = fullFreshness(options.freshness ?? source.freshness ?? 'mixed')
  if (freshness.policy === 'strict') {
    throw new QueryError(
      `${who}: workers can't hold freshness 'strict': each looks at the server on its own. Take 'mixed', whose report ` +
        'tells what is to be pulled again, and refresh; or run it in one process',
    )
  }
  const { server } = source
  const { signal = new AbortController().signal, timeouts, headers } = options
  signal.throwIfAborted()
  const asked = (isRefresh && (await source.headNow?.(signal))) || source.head
  const head = { ...asked, adopts: 'adopt' in options && options.adopt }
  const job = { server: baseUrlOf(server), table: store.database.names }
  const wakeNow = (query: QueryInside) => wake(job, 0, query)
  if (await isUnderway(store, head, wakeNow)) return
  const open = await store.open(head, signal)
  try {
    const dataset = new Dataset(open, source.planFrom)
    await dataset.dropRest()
    const tools = { head, server, call: { timeouts, headers }, tell: () => undefined, signal }
    const given = { ...options, freshness }
    const settings = await (isRefresh ? beginRefresh : beginRun)(dataset, tools, given, freshness)
    const ledger = new Ledger(dataset.firstCount, dataset.store.events)
    await open.inside(async (statements, number) => {
      const query = insideOf(statements)
      const run = runOf(job.table)
      const holder = sharedHolder(randomUUID())
      await makeWorkTables(query)
      await query('DELETE FROM dhis2_worker_work WHERE run = $1', [run])
      await query('DELETE FROM dhis2_worker_runs WHERE run = $1', [run])
      await query(
        `INSERT INTO dhis2_worker_runs (run, server, holder, begun_at, next_number, done, requests, settings)
         VALUES ($1, $2, $3, clock_timestamp(), $4, 0, 0, $5)`,
        [run, job.server, holder, number + 1, JSON.stringify(settings)],
      )
      await addWork(query, run, ledger)
      await store.journal.take(statements, open.run, holder)
      await wakeNow(query)
    })
  } finally {
    await open.close()
  }
}

async function isUnderway(
  { database, journal }: TableStore,
  head: DatasetHead,
  wakeNow: (query: QueryInside) => Promise<unknown>,
): Promise<boolean> {
  return database.transaction(async (statements: Statements) => {
    const query = insideOf(statements)
    await database.lock?.(statements)
    await journal.make(statements)
    await makeWorkTables(query)
    const { rows } = await query(
      'SELECT holder FROM dhis2_worker_runs WHERE run = $1 AND ended_at IS NULL FOR SHARE',
      [runOf(database.names)],
    )
    const known = rows[0] && (await journal.find(statements))
    if (!known || known.holder !== rows[0]!['holder']) return false
    checkQuestion(known.question, head)
    // They go on with what they were told, and adopt nothing.
    if (!isSameQuestion(known.question, head.question)) {
      throw new DatasetError(
        `Workers have this dataset since ${known.heldSince}, and ask what it was asked before; wait for them, with ` +
          'pullReport(), and enqueue this then',
        { heldSince: known.heldSince! },
      )
    }
    await wakeNow(query)
    return true
  })
}

async function beginRun(
  dataset: Dataset,
  tools: Tools,
  options: PullRunOptions,
  freshness: FreshnessOptions,
): Promise<RunSettings> {
  const { pace } = options
  const sinceRun = (dataset.holdings.known.at(-1)?.run ?? 0) + 1
  const settings = {
    pace,
    sinceRun,
    replacedBefore: 0,
    freshness: undefined,
    known: undefined,
    refresh: undefined,
  }
  if (isFinished(dataset, sinceRun)) {
    checkPlan(dataset, tools.head)
    return settings
  }
  const guard = guardOf(options, { dataset, sinceRun, ...tools })
  if (!guard) return settings
  await beginKnowing(dataset, tools, await guard.begin())
  return { ...settings, freshness, replacedBefore: guard.judge.replacedCount }
}

async function beginRefresh(
  dataset: Dataset,
  tools: Tools,
  options: PullRefreshOptions,
  freshness: FreshnessOptions,
): Promise<RunSettings> {
  const sinceRun = dataset.store.run
  const guard = guardOf(options, { dataset, sinceRun, ...tools })
  const seen = guard ? await guard.begin() : await look(tools.server, tools.call, tools.signal)
  const marking = new Marking(dataset, options, seen, tools)
  await marking.move(tools.head)
  await marking.mark(guard?.judge)
  return {
    pace: options.pace,
    freshness: guard && freshness,
    sinceRun,
    replacedBefore: guard?.judge.replacedCount ?? 0,
    // Asked before the pieces are, coarse questions may be older than those, and never newer.
    known: await marking.known(undefined),
    refresh: marking.report(),
  }
}

/** What is open already, then what nobody has begun; where there is neither, the end. */
async function addWork(query: QueryInside, run: string, ledger: Ledger): Promise<void> {
  const open = [...ledger.setAside.keys(), ...ledger.open]
  await query(
    `INSERT INTO dhis2_worker_work (run, piece, kind, position)
     SELECT $1, piece, 'piece', at FROM unnest($2::text[]) WITH ORDINALITY AS open (piece, at)`,
    [run, open],
  )
  let count = open.length
  for (let at = ledger.firstFree ?? ledger.baseCount; at < ledger.baseCount; at++) {
    const free = ledger.freeFrom(at, ledger.baseCount)
    if (free === 0) continue
    await query(
      `INSERT INTO dhis2_worker_work (run, piece, kind, position, first, last) VALUES ($1, $2, 'free', $3, $4, $5)`,
      [run, `free ${at}`, positions.free(at), at, at + free - 1],
    )
    count += free
    at += free
  }
  if (count > 0) return
  await query("INSERT INTO dhis2_worker_work (run, piece, kind, position) VALUES ($1, 'end', 'end', $2)", [
    run,
    positions.end,
  ])
}
