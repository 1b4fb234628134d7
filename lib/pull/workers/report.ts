import { setTimeout as pause } from 'node:timers/promises'
import { DatasetError } from '../../errors.ts'
import type { PullReport } from '../events.ts'
import { incomplete } from '../run/run-events.ts'
import type { TableStore } from '../stores/table-store.ts'
import { runOf } from './shared-run.ts'
import { insideOf } from './wake.ts'
import { makeWorkTables } from './work-tables.ts'

/** How often it is looked whether a run has ended, in milliseconds. */
const everyMs = 500

/** Waits until workers have ended a run. @throws what a run fails with. */
export async function sharedReport(
  { database, journal }: TableStore,
  signal: AbortSignal | undefined,
): Promise<PullReport> {
  const table = database.names.join('.')
  for (;;) {
    signal?.throwIfAborted()
    const row = await database.transaction(async (statements) => {
      const query = insideOf(statements)
      await makeWorkTables(query)
      const { rows } = await query(
        'SELECT holder, report, failure, ended_at FROM dhis2_worker_runs WHERE run = $1 FOR SHARE',
        [runOf(database.names)],
      )
      if (!rows[0]) return undefined
      const known = await journal.find(statements)
      return { ...rows[0], isTheirs: known?.holder === rows[0]['holder'] } as Record<string, unknown>
    })
    if (!row) throw new DatasetError(`Nobody has told workers to pull ${table}: enqueue it first`)
    if (row['failure'] !== null) throw new DatasetError(`The workers had to stop: ${row['failure']}`)
    if (row['report'] !== null) {
      const report = JSON.parse(String(row['report'])) as PullReport
      const failure = incomplete(report, {})
      if (failure) throw failure
      return report
    }
    if (!row['isTheirs']) throw new DatasetError(`Another run has taken ${table} over from the workers`)
    await pause(everyMs, undefined, { signal })
  }
}
