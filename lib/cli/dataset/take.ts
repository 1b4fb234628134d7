import type { PieceStore, Pull, PullEvent, PullReport } from '../../index.ts'
import { ofRows, queryOf } from '../ask/query.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { Failure } from '../ending/failure.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { ReportOptions } from '../options/dataset.ts'
import type { Description } from './description.ts'
import { follow } from './follow.ts'
import { type DatasetTarget, placeText, withStore } from './store.ts'
import { missingOf, summaryOf } from './told.ts'

const howToGoOn = 'Interrupted, and nothing is half done. Run the same again, and it goes on.\n'

/** A dataset that is about to be pulled. */
export interface Taking {
  readonly name: string
  readonly description: Description
  readonly target: DatasetTarget
  /** Told of each event before the next one. */
  readonly heard?: (event: PullEvent) => Promise<void> | void
}

/** Which events there are to follow. */
export type Begin = (
  pull: Pull,
  options: { readonly into: PieceStore; readonly signal: AbortSignal },
) => AsyncIterable<PullEvent>

/**
 * Asks what the question means, pulls, and tells how it went.
 *
 * @throws Failure for what is missing in the end, and for a dataset that is another.
 */
export async function take(
  { name, description, target, heard = () => undefined }: Taking,
  begin: Begin,
  options: ConnectionOptions & ReportOptions,
  { signal }: Context,
): Promise<void> {
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  let report: PullReport | undefined
  let pulledCount = 0
  try {
    await withStore(target, async (into) => {
      const query = ofRows(queryOf(description.question))
      const events = async function* () {
        const pull = await connected.client.analytics.plan(query, { signal })
        yield* begin(pull, { into, signal })
      }
      await follow(events(), options, async (event) => {
        if (event.type === 'piece') pulledCount += 1
        if (event.type === 'finished') report = event.report
        await heard(event)
      })
    })
  } catch (error) {
    if (signal.aborted) process.stderr.write(howToGoOn)
    throw inWordsOf(error, name, report)
  } finally {
    if (report && options.json) tellJson(name, report, pulledCount)
  }
  if (report && !options.json && !options.quiet) {
    process.stdout.write(`${summaryOf(name, report, pulledCount, placeText(target))}\n`)
  }
}

function tellJson(name: string, report: PullReport, pulledCount: number): void {
  const isChanged = pulledCount > 0 || (report.refresh?.droppedCount ?? 0) > 0
  process.stdout.write(`${JSON.stringify({ dataset: name, isChanged, pulledCount, ...report })}\n`)
}

/** What a person can do about it. */
function inWordsOf(error: unknown, name: string, report: PullReport | undefined): unknown {
  const { code, message, differences, heldSince } = error as {
    code?: string
    message: string
    differences?: readonly string[]
    heldSince?: string
  }
  if (code === 'ERR_INCOMPLETE' && report?.setAside.length) {
    return new Failure(
      'incomplete',
      missingOf(report),
      `All else is there. To ask for them again: dhis2-analytics dataset run ${name}`,
      error,
    )
  }
  if (code !== 'ERR_DATASET' || heldSince !== undefined) return error
  // Of a question that only means something else by now they are periods and org units.
  const isOther = differences && !message.includes('refresh() it')
  const remedy = isOther
    ? 'Nothing was changed. Take another name and another place for it.'
    : `Nothing was changed. To have what it means now: dhis2-analytics dataset refresh ${name}`
  return new Failure('data', message.split('\n')[0]!, remedy, error, differences)
}
