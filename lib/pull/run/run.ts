import { isDeepStrictEqual } from 'node:util'
import { ClientClosedError, DatasetError, IncompletePullError } from '../../errors.ts'
import type { Server } from '../../http/server.ts'
import type { PullEvent, PullReport } from '../events.ts'
import type { Plan } from '../piece.ts'
import type { DatasetHead, OpenStore } from '../store.ts'
import { abortError } from './abort-error.ts'
import { askServer } from './ask.ts'
import { Engine } from './engine.ts'
import { EventQueue } from './event-queue.ts'
import { fullPace } from './pace.ts'
import { checkedRunOptions, type PullRunOptions, storeOf } from './run-options.ts'

export type { PullRunOptions } from './run-options.ts'

/** What a run is of. */
export interface RunSource {
  readonly server: Server
  /** What was asked, and what it means today. */
  readonly head: DatasetHead
  /** The plan of a head. */
  readonly planFrom: (json: unknown) => Plan
}

/** Runs a plan, as it is read: see `Pull.run`. @throws QueryError for options that can't be right, at once. */
export function runPull(
  source: RunSource,
  given: PullRunOptions,
): AsyncGenerator<PullEvent, void, undefined> {
  const options = checkedRunOptions(given)
  return eventsOf(source, options, storeOf(options))
}

async function* eventsOf(
  source: RunSource,
  options: PullRunOptions,
  store: ReturnType<typeof storeOf>,
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
  const work = execute(source, options, store, (event) => queue.push(event), ending.signal)
  work.then(
    () => queue.end(),
    () => queue.end(),
  )
  try {
    for (let event = await queue.next(); event; event = await queue.next()) yield event
    const report = await work
    if (!report.isComplete) throw incomplete(report)
  } finally {
    theirs?.removeEventListener('abort', abort)
    closing.removeEventListener('abort', close)
    ending.abort(new Error('The run was left'))
    await work.catch(() => undefined)
  }
}

async function execute(
  { server, head, planFrom }: RunSource,
  { concurrency: { start = 1, max = 4 } = {}, pace, timeouts, headers }: PullRunOptions,
  store: ReturnType<typeof storeOf>,
  tell: (event: PullEvent) => void,
  signal: AbortSignal,
): Promise<PullReport> {
  signal.throwIfAborted()
  const open = await store.open(head, signal)
  let report: PullReport
  try {
    const engine = new Engine({
      plan: planFrom(open.head.plan),
      store: open,
      ask: askServer(server, { timeouts, headers }),
      gate: server.gate,
      places: { start, max },
      pace: fullPace(pace),
      tell,
    })
    if (engine.isComplete) checkPlan(open, head)
    report = await engine.run(signal)
  } finally {
    await open.close()
  }
  tell({ type: 'finished', report })
  return report
}

/** @throws DatasetError where a dataset that is finished means something else than the question does today. */
function checkPlan({ head: { plan } }: OpenStore, head: DatasetHead): void {
  if (isDeepStrictEqual(meaningOf(plan), meaningOf(head.plan))) return
  throw new DatasetError(
    'This dataset is finished, and what the question means has moved on since: relative periods, groups or levels stand ' +
      'for others now; take another name for today, or ask for fixed ones',
  )
}

/** What a question stands for, in whatever pieces it is cut. */
function meaningOf(plan: unknown): unknown {
  const { question = {} } = plan as { question?: object }
  return JSON.parse(JSON.stringify({ ...question, notes: undefined }))
}

function incomplete(report: PullReport): IncompletePullError {
  const [first] = report.setAside
  const { length } = report.setAside
  return new IncompletePullError(
    `${length} of ${report.pieceCount} pieces could not be had; the first, ${first!.piece}: ${first!.reason}`,
    report,
  )
}
