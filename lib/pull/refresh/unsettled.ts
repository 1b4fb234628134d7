import type { Sighting } from '../freshness/pin.ts'
import type { Knowledge } from './knowledge.ts'
import type { Unsettled } from './known.ts'
import { mayBeSince } from './server-times.ts'

/**
 * What tables may not show yet, where nobody knows what it was before: org units that were edited when those had begun may
 * have moved, from anywhere.
 */
export function unsettledAtFirst(
  { orgUnitsUpdated }: Pick<Knowledge, 'orgUnitsUpdated'>,
  { pin, at }: Pick<Sighting, 'pin' | 'at'>,
): Unsettled[] {
  if (orgUnitsUpdated === undefined || !mayBeSince(orgUnitsUpdated, Date.parse(pin.tables))) return []
  return [{ text: `org units were edited until ${orgUnitsUpdated}, maybe behind those tables`, seenAt: at }]
}
