import { isDeepStrictEqual } from 'node:util'
import { idOfPath } from '../id-of-path.ts'
import type { Plan } from '../piece.ts'
import { PiecePlan } from '../plan.ts'
import { axesOf } from './axes.ts'
import { withoutPast } from './later-data.ts'

/** So many are told, of thousands of org units. */
const mostTold = 20

/** Whether two plans, as JSON, are of questions that stand for the same, in whatever pieces they are cut. */
export function isSameMeaning(before: unknown, now: unknown): boolean {
  return isDeepStrictEqual(meaningOf(before), meaningOf(now))
}

function meaningOf(plan: unknown): unknown {
  const { question } = plan as { question?: object }
  return JSON.parse(JSON.stringify(question ? { ...withoutPast(question), notes: undefined } : plan))
}

/**
 * What a question stands for now and did not before, a line each: `-` is in the dataset, `+` is asked now. Org units by
 * their paths, so that one that has moved is told.
 */
export function meaningDifferences(before: Plan, now: Plan): string[] {
  const [was, is] = [new Set(itemsOf(before)), new Set(itemsOf(now))]
  return firstOf([
    ...[...was].filter((item) => !is.has(item)).map((item) => `- ${item}`),
    ...[...is].filter((item) => !was.has(item)).map((item) => `+ ${item}`),
  ])
}

function firstOf(lines: readonly string[]): string[] {
  if (lines.length <= mostTold) return [...lines]
  return [...lines.slice(0, mostTold), `… and ${lines.length - mostTold} more`]
}

/**
 * Org units that stand elsewhere now, a line each way; none where pieces ask for all by their ids. Such pieces would ask a
 * level below others for what was there when they were planned.
 */
export function movedPlaces(before: Plan, now: Plan): string[] {
  if (!(before instanceof PiecePlan && now instanceof PiecePlan && before.question.orgUnits?.level)) return []
  const paths = new Map(now.question.orgUnits?.paths.map((path) => [idOfPath(path), path]))
  return firstOf(
    before.question.orgUnits.paths.flatMap((was) => {
      const is = paths.get(idOfPath(was)) ?? was
      return is === was ? [] : [`- ou ${was}`, `+ ou ${is}`]
    }),
  )
}

function itemsOf(plan: Plan): string[] {
  const { dx, pe, ou } = axesOf(plan)
  const paths = plan instanceof PiecePlan ? (plan.question.orgUnits?.paths ?? []) : ou
  return [...dx.map((id) => `dx ${id}`), ...pe.map((id) => `pe ${id}`), ...paths.map((path) => `ou ${path}`)]
}
