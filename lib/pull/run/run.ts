import { DatasetError, Dhis2ApiError } from '../../errors.ts'
import type { FreshnessReport, PullEvent } from '../events.ts'
import type { Sighting } from '../freshness/pin.ts'
import type { Dataset } from '../refresh/dataset.ts'
import { askKnowledge } from '../refresh/knowledge.ts'
import { unsettledAtFirst } from '../refresh/unsettled.ts'
import type { DatasetHead } from '../store.ts'
import { engineOf, guardOf } from './engine-of.ts'
import { Ledger } from './ledger.ts'
import { eventsOf, type RunSource, type Tools } from './run-events.ts'
import { checkedRunOptions, type PullRunOptions, storeOf } from './run-options.ts'

export type { RunSource } from './run-events.ts'
export type { PullRunOptions } from './run-options.ts'

/** Runs a plan, as it is read: see `Pull.run`. @throws QueryError for options that can't be right, at once. */
export function runPull(
  source: RunSource,
  given: PullRunOptions,
): AsyncGenerator<PullEvent, void, undefined> {
  const { freshness = source.freshness ?? 'off', ...others } = checkedRunOptions(given)
  const options = { ...others, freshness }
  return eventsOf(source, options, storeOf(options), async (dataset, tools) => {
    const sinceRun = (dataset.holdings.known.at(-1)?.run ?? 0) + 1
    if (isFinished(dataset, sinceRun)) {
      checkPlan(dataset, tools.head)
      return engineOf(options, { dataset, guard: undefined, ...tools }).run(tools.signal)
    }
    checkPlaces(dataset, tools.head)
    const guard = guardOf(options, { dataset, sinceRun, ...tools })
    if (guard) await beginKnowing(dataset, tools, await guard.begin())
    const report = await engineOf(options, { dataset, guard, ...tools }).run(tools.signal)
    if (!guard) return report
    const freshness = guard.report()
    await endKnowing(dataset, freshness)
    return { ...report, freshness }
  })
}

/** Whether all is there, and was judged. */
export function isFinished({ firstCount, store, holdings }: Dataset, sinceRun: number): boolean {
  if (!new Ledger(firstCount, store.events).isComplete) return false
  return holdings.known.length === 0 || [...holdings.leaves.values()].every(({ run }) => run < sinceRun)
}

/** Before anything is asked for: what there is around the data is what it will be compared with. */
export async function beginKnowing(dataset: Dataset, tools: Tools, { pin, at }: Sighting): Promise<void> {
  if (dataset.holdings.known.length || dataset.holdings.hasBegun) return
  const { server, call, signal } = tools
  const found = await askKnowledge(server, call, signal, dataset.axes).catch((error: unknown) => {
    // Who may not read metadata may pull data; what it is compared with later is for a refresh to want.
    if (error instanceof Dhis2ApiError && error.httpStatus === 403) return undefined
    throw error
  })
  if (!found) return
  const { fingerprint } = found
  const unsettled = unsettledAtFirst(found, { pin, at })
  await dataset.store.note({
    type: 'known',
    known: { run: 0, pin, at, fullAt: at, fingerprint, ...(unsettled.length > 0 && { unsettled }) },
  })
}

/** What this run has pulled was judged. What has changed since is for a refresh to find. */
export async function endKnowing(
  { store, holdings }: Dataset,
  { suspect, isProven }: FreshnessReport,
): Promise<void> {
  const known = holdings.known.at(-1)
  if (!known) return
  const { pin, at, fullAt, probedAt, unsettled } = known
  await store.note({
    type: 'known',
    known: { run: store.run, pin, at, fullAt, probedAt, unsettled, suspect, isProven },
  })
}

/** @throws DatasetError where a dataset that is finished means something else than the question does today. */
export function checkPlan(dataset: Dataset, head: DatasetHead): void {
  if (dataset.isPlannedAs(head)) return
  throw new DatasetError(
    'This dataset is finished, and what the question means has moved on since: relative periods, groups or levels stand ' +
      'for others now; refresh() it, take another name for today, or ask for fixed ones',
    { differences: dataset.differencesFrom(head), hasMovedOn: true },
  )
}

/** @throws DatasetError where org units have moved since an unfinished dataset was planned. */
export function checkPlaces(dataset: Dataset, head: DatasetHead): void {
  const differences = dataset.movedSince(head)
  if (differences.length === 0) return
  throw new DatasetError(
    'Org units have moved since this dataset was begun, and its pieces ask for what was below others then; refresh() it',
    { differences, hasMovedOn: true },
  )
}
