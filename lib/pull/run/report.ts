import type { PullReport } from '../events.ts'
import type { Piece, Plan } from '../piece.ts'
import type { Ledger } from './ledger.ts'

/** What a run has not got. */
export function reportOf(
  { setAside, items }: Ledger,
  plan: Plan,
): Pick<PullReport, 'isComplete' | 'setAside' | 'withoutRows'> {
  return {
    isComplete: setAside.size === 0,
    setAside: Array.from(setAside, ([piece, reason]) => ({
      piece,
      covers: coversOf(plan.piece(piece)),
      reason,
    })),
    withoutRows: [...items].flatMap(([item, hasRows]) => (hasRows ? [] : [item])),
  }
}

function coversOf({ covers, days, pairs }: Piece): unknown {
  return covers ?? days ?? pairs
}
