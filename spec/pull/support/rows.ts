import assert from 'node:assert/strict'
import type { Piece, Plan } from '../../../lib/pull/piece.ts'
import type { Pair } from '../../../lib/query/dimension-text.ts'
import type { Country } from '../../../lib/testing/index.ts'

export type Answered = readonly (readonly string[])[]

/** What a country answers, less the rows that a piece does not want; nothing where the server finds nothing to ask. */
export function answerOf(country: Country, pairs: readonly Pair[], isWanted?: Piece['isWanted']): Answered {
  const answer = country.analytics(pairs)
  if ('message' in answer) {
    assert.equal(answer.errorCode, 'E7143', answer.message)
    return []
  }
  const names = answer.headers.map(({ name }) => name)
  const wants = isWanted?.(names) ?? (() => true)
  return [...answer.rows].filter(wants)
}

/** All pieces of a plan. */
export function unionOf(country: Country, plan: Plan): Answered {
  return [...plan.pieces()].flatMap((piece) => answerOf(country, piece.pairs, piece.isWanted))
}

/** Whether two answers have the same rows, each as often, whatever their order; decimals to within 1e-9. */
export function sameRows(a: Answered, b: Answered): boolean {
  if (a.length !== b.length) return false
  const [left, right] = [a, b].map((rows) =>
    rows
      .map((row) => [row.slice(0, -1).join(), row.at(-1)!] as const)
      .toSorted(([x, v], [y, w]) => (x < y ? -1 : x > y ? 1 : Number(v) - Number(w))),
  )
  return left!.every(([key, value], at) => key === right![at]![0] && isNear(value, right![at]![1]))
}

function isNear(a: string, b: string): boolean {
  const difference = Math.abs(Number(a) - Number(b))
  return a === b || difference <= 1e-9 * Math.max(1, Math.abs(Number(a)))
}
