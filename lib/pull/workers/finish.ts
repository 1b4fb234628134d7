import type { PullReport } from '../events.ts'
import { Guard } from '../freshness/guard.ts'
import { reportOf } from '../run/report.ts'
import { endKnowing } from '../run/run.ts'
import type { Claimed } from './claim.ts'
import type { RunWorkerParts } from './run-worker-parts.ts'
import { insideOf } from './wake.ts'
import { LostError } from './work.ts'

/** All pieces are done or set aside: says what came of it, and gives the dataset back. */
export async function finishShared(
  claim: Claimed,
  { read, server, call, signal }: RunWorkerParts,
): Promise<void> {
  // With what all workers have done.
  const whole = await read()
  if (!whole) throw new LostError('The workers have this dataset no more')
  const { dataset, settings, store, run, journal, holder } = whole
  const { freshness: policy, sinceRun, replacedBefore, known, refresh } = settings
  const guard =
    policy &&
    new Guard({ ...policy, server, call, dataset, tell: () => undefined, sinceRun, signal, replacedBefore })
  await guard?.settle(async () => [])
  const freshness = guard?.report()
  await store.finish()
  if (known) {
    const judged = freshness && { suspect: freshness.suspect, isProven: freshness.isProven }
    await dataset.store.note({ type: 'known', known: { ...known, ...judged } })
  } else if (freshness) await endKnowing(dataset, freshness)
  const ledger = whole.ledger()
  await store.inside(async (statements) => {
    const query = insideOf(statements)
    const { rowCount } = await query(
      "DELETE FROM dhis2_worker_work WHERE run = $1 AND piece = 'end' AND attempt = $2",
      [run, claim.attempt],
    )
    if (rowCount !== 1) throw new LostError('Another worker ends this run')
    const { rows } = await query(
      `SELECT requests, (extract(epoch from clock_timestamp() - begun_at) * 1000)::float8 AS elapsed
       FROM dhis2_worker_runs WHERE run = $1`,
      [run],
    )
    const { piecesDone, pieceCount, rowCount: rowsDone, byteCount } = ledger
    const elapsedMs = Math.round(Number(rows[0]!['elapsed']))
    const ofThisRun = [...dataset.holdings.leaves.values()].filter((leaf) => leaf.run === store.run)
    const newRows = ofThisRun.reduce((sum, leaf) => sum + leaf.rowCount, 0)
    const report: PullReport = {
      piecesDone,
      pieceCount,
      rowCount: rowsDone,
      byteCount,
      requestCount: Number(rows[0]!['requests']),
      elapsedMs,
      rowsPerSecond: Math.round((1000 * newRows) / Math.max(1, elapsedMs)),
      leftMs: 0,
      ...reportOf(ledger, dataset.plan),
      ...(refresh && { refresh }),
      ...(freshness && { freshness }),
    }
    await query('UPDATE dhis2_worker_runs SET report = $2, ended_at = clock_timestamp() WHERE run = $1', [
      run,
      JSON.stringify(report),
    ])
    await journal.release(statements, holder)
  })
}
