import { ClientClosedError, IncompletePullError } from '../../errors.ts'
import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import type { PullEvent, PullReport } from '../events.ts'
import type { FreshnessPolicy } from '../freshness/freshness-options.ts'
import type { Plan } from '../piece.ts'
import { Dataset } from '../refresh/dataset.ts'
import type { DatasetHead, PieceStore } from '../store.ts'
import { abortError } from './abort-error.ts'
import { EventQueue } from './event-queue.ts'
import type { PullRunOptions } from './run-options.ts'

/** What a run is of. */
export interface RunSource {
  readonly server: Server
  /** What was asked, and what it meant when it was planned. */
  readonly head: DatasetHead
  /** The same with what it means now. Default `head`. */
  readonly headNow?: (signal: AbortSignal) => Promise<DatasetHead>
  /** Whether a dataset of another question may become one of this. */
  readonly adopts?: boolean | undefined
  /** The plan of a head. */
  readonly planFrom: (json: unknown) => Plan
  /** What is done about tables that are made anew, where a run does not say. Default `off`. */
  readonly freshness?: FreshnessPolicy
}

/** What a run works with. */
export interface Tools {
  readonly head: DatasetHead
  readonly server: Server
  readonly call: Pick<CallOptions, 'timeouts' | 'headers'>
  readonly tell: (event: PullEvent) => void
  readonly signal: AbortSignal
}

/** What a run does with a dataset while it holds it. */
export type Work = (dataset: Dataset, tools: Tools) => Promise<PullReport>

/** The events of a run, which goes on as they are read, and ends where they are left. */
export async function* eventsOf(
  source: RunSource,
  options: PullRunOptions,
  store: PieceStore,
  work: Work,
): AsyncGenerator<PullEvent, void, undefined> {
  const queue = new EventQueue()
  const ending = new AbortController()
  const { signal: theirs } = options
  const { closing } = source.server
  const abort = () => ending.abort(theirs && abortError(theirs))
  const close = () => ending.abort(new ClientClosedError())
  theirs?.addEventListener('abort', abort)
  closing.addEventListener('abort', close)
  if (theirs?.aborted) abort()
  if (closing.aborted) close()
  const done = held(source, options, store, work, (event) => queue.push(event), ending.signal)
  done.then(
    () => queue.end(),
    () => queue.end(),
  )
  try {
    for (let event = await queue.next(); event; event = await queue.next()) yield event
    const report = await done
    const failure = incomplete(report, options)
    if (failure) throw failure
  } finally {
    theirs?.removeEventListener('abort', abort)
    closing.removeEventListener('abort', close)
    ending.abort(new Error('The run was left'))
    await done.catch(() => undefined)
  }
}

async function held(
  { server, head: before, headNow, adopts, planFrom }: RunSource,
  { timeouts, headers }: PullRunOptions,
  store: PieceStore,
  work: Work,
  tell: (event: PullEvent) => void,
  signal: AbortSignal,
): Promise<PullReport> {
  signal.throwIfAborted()
  const head = { ...((await headNow?.(signal)) ?? before), adopts }
  const open = await store.open(head, signal)
  let report: PullReport
  try {
    const dataset = new Dataset(open, planFrom)
    await dataset.dropRest()
    report = await work(dataset, { head, server, call: { timeouts, headers }, tell, signal })
  } catch (error) {
    // What ended the run tells more than what came of it.
    await open.close().catch(() => undefined)
    throw error
  }
  await open.close()
  tell({ type: 'finished', report })
  return report
}

/** What a run fails with behind its last event; undefined where it has got all. */
export function incomplete(
  report: PullReport,
  { freshness }: Pick<PullRunOptions, 'freshness'>,
): IncompletePullError | undefined {
  const [first] = report.setAside
  const { length } = report.setAside
  if (first) {
    return new IncompletePullError(
      `${length} of ${report.pieceCount} pieces could not be had; the first, ${first.piece}: ${first.reason}`,
      report,
    )
  }
  const policy = typeof freshness === 'object' ? freshness.policy : freshness
  if (policy !== 'strict' || report.freshness?.isOneSnapshot !== false) return undefined
  const { old, suspect, replacedCount } = report.freshness
  return new IncompletePullError(
    `The analytics tables were replaced while they were pulled, ${replacedCount} times in all, and the dataset is of no one ` +
      `making of them: ${old.length} pieces are older, ${suspect.length} were answered meanwhile. Run it again when they rest`,
    report,
  )
}
