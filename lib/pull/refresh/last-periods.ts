import { isoPeriod } from '../../periods/iso-period.ts'
import { grouped } from '../grouped.ts'

/** Of each length of periods the last so many that have begun by a day; what is no ISO period is of a length of its own. */
export function lastPeriods(ids: readonly string[], count: number, today: string): string[] {
  const begun = ids
    .map((id) => ({ id, type: '', from: '', ...isoPeriod(id) }))
    .filter(({ from }) => from <= today)
  return [...grouped(begun, ({ type }) => type).values()].flatMap((all) => {
    const ordered = all.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
    return ordered.slice(-count).map(({ id }) => id)
  })
}
