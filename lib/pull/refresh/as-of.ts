import { judgeOf } from '../freshness/judge.ts'
import type { Piece, PieceId, Plan } from '../piece.ts'
import type { DatasetHead, PieceStore } from '../store.ts'
import { Dataset } from './dataset.ts'
import type { Holdings } from './holdings.ts'

/** As of when a piece is. */
export interface PieceAsOf {
  readonly piece: PieceId
  readonly covers: Piece['covers']
  readonly days: Piece['days']
  /**
   * When the job began whose tables it agrees with, by the server's clock: ISO, UTC. Later than it was pulled where a
   * refresh has found nothing that has changed since. Undefined where nobody looked, or it is suspect.
   */
  readonly asOf: string | undefined
  /** When it was pulled. */
  readonly answeredAt: string
  readonly rowCount: number
  /** Whether it was answered while tables were replaced. */
  readonly isSuspect: boolean
  /** Whether it is noted to be pulled again. */
  readonly isStale: boolean
}

/** @throws DatasetError */
export async function asOfPieces(
  store: PieceStore,
  head: DatasetHead,
  planFrom: (json: unknown) => Plan,
): Promise<PieceAsOf[]> {
  const open = await store.open(head, new AbortController().signal)
  try {
    const { holdings, plan } = new Dataset(open, planFrom)
    return asOfHoldings(holdings, plan)
  } finally {
    await open.close()
  }
}

/** As of when the pieces are that a dataset holds. */
export function asOfHoldings(holdings: Holdings, plan: Pick<Plan, 'piece'>): PieceAsOf[] {
  const { sightings } = holdings
  const judge = sightings.length ? judgeOf(sightings) : undefined
  const known = holdings.known.at(-1)
  const suspects = new Set(known?.suspect)
  const asOfKnown = known && known.run > 0 ? known : undefined
  return [...holdings.leaves, ...holdings.stale].map(([id, leaf]) => {
    const { covers, days } = plan.piece(id)
    const isStale = holdings.stale.has(id)
    const isSettled = asOfKnown !== undefined && leaf.run <= asOfKnown.run
    const isSuspect = isSettled && asOfKnown.isProven ? suspects.has(id) : judge?.verdict(leaf) === 'suspect'
    const own = isSuspect ? undefined : judge?.pinOf(leaf)?.tables
    const confirmed = isSettled && !isStale && !isSuspect ? asOfKnown.pin.tables : undefined
    const asOf = own === undefined || (confirmed !== undefined && confirmed > own) ? confirmed : own
    return {
      piece: id,
      covers,
      days,
      asOf,
      answeredAt: leaf.answeredAt,
      rowCount: leaf.rowCount,
      isSuspect,
      isStale,
    }
  })
}
