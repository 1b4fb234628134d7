import { isoPeriod } from '../../periods/iso-period.ts'
import { dayCount, dayMs, dayOf, type Span } from '../../periods/spans.ts'
import type { Reach } from './expressions.ts'

/** The days of a period; undefined where nobody knows, as of another calendar. */
export type SpanOf = (period: string) => Span | undefined

export const isoSpan: SpanOf = isoPeriod

/** Days that periods of one kind differ by at most: 28 and 31, 90 and 92, 365 and 366, and of weeks at the edge of a year. */
const differing = 3

/**
 * Whether a value of `period` can be part of what is shown of `shown`, whichever way values are put together: by the days
 * they have in common, of all periods that `reach` says.
 */
export function reaches(period: Span | undefined, shown: Span | undefined, reach: Reach): boolean {
  if (!period || !shown) return true
  const length = dayCount(shown) + differing
  const to = moved(shown.to, reach.after * length)
  if (period.from > to) return false
  if (reach.everBefore) return true
  return period.to >= moved(shown.from, -reach.before * length - (reach.toDate ? 366 : 0))
}

function moved(day: string, days: number): string {
  return days === 0 ? day : dayOf(Date.parse(`${day}T00:00:00Z`) + days * dayMs)
}
