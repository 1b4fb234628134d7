import type { FrozenKind, FrozenOrgUnits, FrozenQuestion } from './frozen-question.ts'
import { grouped } from './grouped.ts'
import type { Group } from './plan-group.ts'
import { orgUnitAxis } from './plan-org-units.ts'
import { dayAxis } from './plan-periods.ts'

const names: Partial<Record<FrozenKind, string>> = {
  events: 'events',
  enrollments: 'enrollments',
  trackedEntities: 'tracked entities',
}

/** Lists: windows of days of one date, and subtrees; of events those of one level, which a request has to be of. */
export function listGroups(question: FrozenQuestion): Group[] {
  const { kind, days, orgUnits } = question
  const places = !orgUnits ? [undefined] : kind === 'events' ? byLevel(orgUnits) : [orgUnits]
  const spans = days?.spans ?? [undefined]
  return spans.flatMap((span) =>
    places.map((place) => ({
      name: names[kind]!,
      why: days
        ? `windows of days of ${days.column}, and org units; walked page by page`
        : 'never cut by days, as no date was named that each row has; org units, walked page by page',
      axes: [...(place ? [orgUnitAxis(place)] : []), ...(span ? [dayAxis(span)] : [])],
      mostPlaces: Infinity,
      days: days && { by: days.by, column: days.column },
      rowsEach: undefined,
      hasCovers: false,
      isList: true,
      isWhole: false,
    })),
  )
}

function byLevel({ paths, level }: FrozenOrgUnits): FrozenOrgUnits[] {
  const levels = grouped(paths, (path) => path.split('/').length)
  return [...levels]
    .toSorted(([a], [b]) => a - b)
    .map(([, alike]) => ({ paths: alike, ...(level && { level }) }))
}
