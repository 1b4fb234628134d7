import { type ListManners, realManners } from '../list-manners.ts'
import { type ListKind, type ListWorld, listOf } from '../lists.ts'
import { conflict, type Refusal } from '../query-checks.ts'
import { randomFrom } from '../random.ts'
import type { Table } from '../table.ts'
import { textOfTime } from './clock.ts'
import type { Model } from './model.ts'
import { ouAxis } from './ou-axis.ts'
import { eventsIn, placedIn } from './program-cells.ts'
import { enrollmentsTable, entitiesTable, eventsTable } from './program-tables.ts'
import { questionOf } from './question.ts'

/** How a server cuts its lists. */
export interface ListRules {
  readonly manners?: Partial<ListManners> | undefined
  readonly maxPageSize?: number | undefined
  readonly pagingFalseLimit?: number | undefined
  readonly version?: '2.43' | '2.41' | undefined
}

type Listed = { readonly table: Table; readonly from: number; readonly to: number }

/** Events, enrollments and tracked entities, a page at a time, as running servers list them. */
export function programLists(
  model: Model,
  { manners, maxPageSize = 100_000, pagingFalseLimit = 5001, version = '2.43' }: ListRules,
): (kind: ListKind, query: URLSearchParams) => Listed | Refusal {
  const { program, places, tables } = model
  const random = randomFrom(model.seed + 9)
  const tableOf = (kind: ListKind, asked: readonly string[]) => {
    if (kind === 'events') return eventsTable(eventsIn(model, tables.state), program, asked)
    if (kind === 'enrollments')
      return enrollmentsTable(placedIn(model, tables.state, program.enrollments), program, asked)
    return entitiesTable(
      placedIn(model, tables.state, program.entities),
      program,
      version === '2.43' ? 'trackedentity' : 'trackedentityinstanceuid',
    )
  }
  return (kind, query) => {
    if (tables.state.isEmpty)
      return conflict('E7144', 'Query failed because a referenced table does not exist')
    const asked = questionOf(query).dimensions.map(({ name }) => name)
    const world: ListWorld = {
      country: places.all,
      unitsOf: (items) => ouAxis(items, places, places.all.slice(0, 1)).places,
      today: textOfTime(model.clock.now).slice(0, 10),
      version,
      manners: { ...realManners, ...manners },
      maxPageSize,
      pagingFalseLimit,
      random,
    }
    return listOf(kind, tableOf(kind, asked), query, world)
  }
}
