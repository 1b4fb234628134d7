import type { FrozenData } from '../frozen-question.ts'
import { PiecePlan, type PlanJson } from '../plan.ts'

/**
 * A plan whose data items that the one before has not are asked for apart from the others, so that pieces of those stay what
 * they are: who adds an indicator to a thousand pulls one.
 */
export function withLaterData(before: unknown, now: unknown): unknown {
  const [old, { question, size }] = [before as PlanJson, now as PlanJson]
  const known = new Map(old.question?.data?.map((item) => [item.id, item.since ?? 0]))
  if (!question?.data || known.size === 0) return now
  const next = Math.max(...known.values()) + 1
  const sinceOf = ({ id }: FrozenData) => known.get(id) ?? next
  if (question.data.every((item) => sinceOf(item) === 0)) return now
  const data = question.data.map((item) => ({ ...item, ...(sinceOf(item) > 0 && { since: sinceOf(item) }) }))
  return new PiecePlan({ ...question, data }, size).toJSON()
}

/** The same question without what is known of its past. */
export function withoutPast<T extends { readonly data?: readonly FrozenData[] }>(question: T): T {
  if (!question.data) return question
  return { ...question, data: question.data.map(({ since: _, ...item }) => item) }
}
