import { QueryError } from '../errors.ts'
import type { FrozenOu } from './freeze-places.ts'
import type { FrozenKind } from './frozen-question.ts'
import { idOfPath } from './id-of-path.ts'

/** Org units of a filter that are said one by one; the whole filter is part of every request. */
const mostNamed = 200

/**
 * What a filter of org units says today.
 *
 * @throws QueryError where they are too many to be said in every request.
 */
export function placesInFilter({ paths, level }: FrozenOu): string {
  const ids = paths.map(idOfPath)
  if (ids.length <= mostNamed) return `ou:${ids.join(';')}`
  if (level) return `ou:${[`LEVEL-${level.number}`, ...(level.roots ?? [])].join(';')}`
  throw new QueryError(
    `plan: the filter ou has ${ids.length} org units, too many to be said in every request; filter by a level or by those above`,
  )
}

/** @throws QueryError where the server would add up what it reads of events wrongly. */
export function refuseEventsByLevels(kind: FrozenKind, { levelCount }: FrozenOu, readsEvents: boolean): void {
  if (levelCount === 1 || (!readsEvents && !/Aggregate$/.test(kind))) return
  throw new QueryError(
    'plan: the filter ou has org units of several levels, of which the server adds up event data wrongly; make ou a ' +
      'dimension and add the rows up, or filter by one level',
  )
}
