import type { MetaData } from '../grid/grid.ts'
import { itemOf } from '../grid/meta-data.ts'
import { isoPeriod } from '../periods/iso-period.ts'
import type { Span } from '../periods/spans.ts'

/** Calendars, as DHIS2's system setting `calendar` names them. */
export const calendars = [
  'iso8601',
  'gregorian',
  'julian',
  'ethiopian',
  'coptic',
  'islamic',
  'nepali',
  'thai',
  'persian',
] as const

export type Calendar = (typeof calendars)[number] | (string & Record<never, never>)

/** Those whose days are computed here. */
const computed: readonly string[] = ['iso8601', 'gregorian']

/** Whether the days of a period on this calendar are known without the server. */
export function isComputed(calendar: string): boolean {
  return computed.includes(calendar)
}

/** The days of a period: those that the server tells, or else, on a calendar that is computed here, those it has there. */
export function daysOf(id: string, metaData: MetaData, calendar: string): Span | undefined {
  const { startDate, endDate } = itemOf(metaData, id) ?? {}
  if (typeof startDate === 'string' && typeof endDate === 'string') {
    return { from: startDate.slice(0, 10), to: endDate.slice(0, 10) }
  }
  return isComputed(calendar) ? isoPeriod(id) : undefined
}
