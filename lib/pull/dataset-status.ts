import type { PieceId } from './piece.ts'
import { planFrom } from './plan.ts'
import { asOfHoldings } from './refresh/as-of.ts'
import { Holdings } from './refresh/holdings.ts'
import { SuccessivePlans } from './refresh/successive-plans.ts'
import { Ledger } from './run/ledger.ts'
import { checkedRunOptions, type PullRunOptions, storeOf } from './run/run-options.ts'
import type { DatasetHead, DatasetHolder, PieceEvent, SeenDataset } from './store.ts'

/** What there is of a dataset. */
export interface DatasetStatus {
  /** What was asked, of which server. */
  readonly question: DatasetHead['question']
  /** The periods that it stands for by now, whatever relative ones were asked for; null where there are none. */
  readonly periods: readonly string[] | null
  /** How many runs and refreshes wrote to it. */
  readonly runCount: number
  /** Whether all pieces are there, and none is noted to be pulled again. */
  readonly isComplete: boolean
  readonly pieceCount: number
  readonly piecesDone: number
  readonly rowCount: number
  /** Bytes of the answers, decompressed. */
  readonly byteCount: number
  /** What could not be had, and why. */
  readonly setAside: readonly { readonly piece: PieceId; readonly covers: unknown; readonly reason: string }[]
  /** How many pieces are there, and noted to be pulled again. */
  readonly staleCount: number
  /** How many were answered while analytics tables were replaced. */
  readonly suspectCount: number
  /** When its first and its last piece were answered: ISO, UTC; null where there is none. */
  readonly answered: { readonly from: string; readonly to: string } | null
  /** Of which making of the analytics tables its pieces are, the oldest and the newest: ISO, UTC; null where nobody looked. */
  readonly asOf: { readonly from: string; readonly to: string } | null
  /** When the last run or refresh that came to its end began, by the server's clock; null where there was none. */
  readonly checkedAt: string | null
  /** The run that has it; null where none does. */
  readonly heldBy: DatasetHolder | null
}

/**
 * What there is of a dataset, by its journal alone: no server is asked, nothing is held and nothing is changed, also while
 * a run has it. Undefined where it was not begun.
 *
 * ```ts
 * const status = await datasetStatus({ into: parquetFiles('out/anc') })
 * console.log(status?.isComplete, status?.asOf)
 * ```
 *
 * @throws QueryError for options that can't be right; DatasetError for a journal that can't be read; what a database says.
 */
export async function datasetStatus({
  into,
  journal,
}: Pick<PullRunOptions, 'into' | 'journal'>): Promise<DatasetStatus | undefined> {
  const seen = await storeOf(checkedRunOptions({ into, journal })).look()
  return seen && statusOf(seen)
}

function statusOf({ head, runCount, events, heldBy }: SeenDataset): DatasetStatus {
  const holdings = new Holdings(events)
  const plans = [head.plan, ...holdings.plans.map(({ plan }) => plan)].map(planFrom)
  const plan = new SuccessivePlans(plans)
  const ledger = new Ledger(plans[0]!.pieceCount, events)
  const pieces = asOfHoldings(holdings, plan)
  const { pieceCount, piecesDone, rowCount, byteCount, isComplete } = ledger
  return {
    question: lastQuestion(head, events),
    periods: plans.at(-1)!.question.periods?.map(({ id }) => id) ?? null,
    runCount,
    isComplete,
    pieceCount,
    piecesDone,
    rowCount,
    byteCount,
    setAside: Array.from(ledger.setAside, ([piece, reason]) => {
      return { piece, covers: plan.piece(piece).covers, reason }
    }),
    staleCount: holdings.stale.size,
    suspectCount: pieces.filter(({ isSuspect }) => isSuspect).length,
    answered: span(pieces.map(({ answeredAt }) => answeredAt)),
    asOf: span(pieces.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf]))),
    checkedAt: holdings.known.findLast(({ run }) => run > 0)?.at ?? null,
    heldBy: heldBy ?? null,
  }
}

/** As it was asked last: a dataset may be adopted by another question. */
function lastQuestion(head: DatasetHead, events: Iterable<PieceEvent>): DatasetHead['question'] {
  let { question } = head
  for (const event of events) if (event.type === 'plan') question = event.question ?? question
  return question
}

/** From the first to the last in time. */
function span(times: readonly string[]): { from: string; to: string } | null {
  let [from, to] = [times[0], times[0]]
  for (const time of times) {
    if (time < from!) from = time
    if (time > to!) to = time
  }
  return from === undefined ? null : { from, to: to! }
}
