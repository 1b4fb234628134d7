import type { FreshnessPolicy, PieceStore, Pull, PullEvent, PullReport } from '../../index.ts'
import { ofRows, queryOf } from '../ask/query.ts'
import { refuseUnknown } from '../ask/unknown-items.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { Failure } from '../ending/failure.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { TakeOptions } from '../options/dataset.ts'
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
  /** Whether what it asks for was never asked before: then it is looked whether the server knows all of it. */
  readonly isNew?: boolean
  /** Told of each event before the next one. */
  readonly heard?: (event: PullEvent) => Promise<void> | void
}

/** Which events there are to follow. */
export type Begin = (
  pull: Pull,
  how: {
    readonly into: PieceStore
    readonly signal: AbortSignal
    readonly freshness: FreshnessPolicy | undefined
  },
) => AsyncIterable<PullEvent>

/** What it came to. */
export interface Taken {
  /** Whether anything was pulled or dropped. */
  readonly isChanged: boolean
  /** Whether it was all of it. */
  readonly isAll: boolean
}

/**
 * Asks what the question means, pulls, and tells how it went.
 *
 * @throws Failure for what is missing in the end, and for a dataset that is another.
 */
export async function take(
  { name, description, target, isNew = false, heard = () => undefined }: Taking,
  begin: Begin,
  options: ConnectionOptions & TakeOptions,
  { signal }: Context,
): Promise<Taken> {
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  let report: PullReport | undefined
  let pulledCount = 0
  try {
    await withStore(target, async (into) => {
      const query = ofRows(queryOf(description.question))
      const events = async function* () {
        if (isNew) await refuseUnknown(connected.client, description.question, signal)
        const pull = await connected.client.analytics.plan(query, { signal })
        yield* begin(pull, { into, signal, freshness: options.freshness })
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
  return { isChanged: isChanged(report, pulledCount), isAll: isAll(report, pulledCount) }
}

function isChanged(report: PullReport | undefined, pulledCount: number): boolean {
  return pulledCount > 0 || (report?.refresh?.droppedCount ?? 0) > 0
}

/** Also where there was nothing before. */
function isAll(report: PullReport | undefined, pulledCount: number): boolean {
  return report?.refresh ? report.refresh.isFull : pulledCount > 0
}

function tellJson(name: string, report: PullReport, pulledCount: number): void {
  const told = { dataset: name, isChanged: isChanged(report, pulledCount), pulledCount, ...report }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

/** What a person can do about it. */
function inWordsOf(error: unknown, name: string, report: PullReport | undefined): unknown {
  const { code, message, differences, hasMovedOn, heldSince } = error as {
    code?: string
    message: string
    differences?: readonly string[]
    hasMovedOn?: true
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
  const [what, remedy] =
    differences && !hasMovedOn
      ? [
          'What is there is of another question. It differs in',
          'Take another name and another place for it; or --adopt, of create and refresh, keeps what both ask for.',
        ]
      : [message.split('\n')[0]!, `To have what it means now: dhis2-analytics dataset refresh ${name}`]
  return new Failure('data', what, `Nothing was changed. ${remedy}`, error, differences)
}
