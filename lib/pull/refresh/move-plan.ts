import type { Piece, PieceId, Plan } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'
import type { PieceEvent } from '../store.ts'
import type { Holdings } from './holdings.ts'

/**
 * What becomes of a dataset when its question means something else now: pieces of the new plan that answer what one that is
 * there answers are kept as that one, and what nobody asks for any more is dropped.
 *
 * `before` is the plan so far; the new one is numbered from its end.
 */
export function movedPlan(before: Plan, now: Plan, holdings: Holdings): PieceEvent & { type: 'plan' } {
  const wholes = holdings.wholes()
  const known = new Map<string, number>()
  for (const at of wholes.keys()) known.set(keyOf(before.piece(String(at))), at)
  const keptAs = new Map<number, number>()
  const numbers: number[] = []
  let number = before.pieceCount
  for (const piece of now.pieces()) {
    const at = known.get(keyOf(piece))
    if (at !== undefined) {
      keptAs.set(at, number)
      numbers.push(number)
    }
    number += 1
  }
  // What holds more than is asked for goes, and with it whatever else there is of the same pieces.
  const lost = new Set<number>()
  for (let count = -1; count !== lost.size; ) {
    count = lost.size
    for (const id of holdings.leaves.keys()) {
      const bases = basesOf(id)
      if (bases.every((base) => keptAs.has(base) && !lost.has(base))) continue
      for (const base of bases) lost.add(base)
    }
  }
  const dropped = [...holdings.leaves.keys()].filter((id) => basesOf(id).some((base) => lost.has(base)))
  const lostNumbers = new Set([...lost].map((base) => keptAs.get(base)))
  return {
    type: 'plan',
    plan: now.toJSON(),
    pieceCount: now.pieceCount,
    kept: rangesOf(numbers.filter((each) => !lostNumbers.has(each))),
    dropped,
    stayingCount: holdings.leaves.size - dropped.length,
    stale: [...holdings.stale.keys()],
    ...holdings.countsOf(dropped),
  }
}

/** What a piece asks, but for the order that nothing depends on. */
function keyOf({ endpoint, pairs, covers, days }: Piece): string {
  return JSON.stringify([endpoint, pairs, covers, days])
}

function basesOf(id: PieceId): number[] {
  const { from, to } = partsOfId(id)!
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}
