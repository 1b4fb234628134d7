import { type Period, yearOfDay } from '../calendar.ts'
import type { Place } from './places.ts'
import type { Event, Program } from './program.ts'
import type { TableState } from './tables.ts'

/** Events by where they are, as far as org units of two levels do not confuse the server: it reads those of one of them. */
export function placeFilter(places: readonly Place[]): (place: Place) => boolean {
  const read = places.filter(({ level }) => level === places[0]!.level)
  return ({ at }) => read.some((place) => at >= place.at && at < place.end)
}

/** The events in a program's tables. */
export function eventsIn({ events }: Program, { isEmpty, areEventsAway }: TableState): readonly Event[] {
  if (isEmpty) return []
  return areEventsAway
    ? events.filter(({ day, scheduledDay }) => !areEventsAway(yearOfDay(day ?? scheduledDay)))
    : events
}

export function isOnDay(
  periods: readonly Pick<Period, 'first' | 'last'>[],
  day: number | undefined,
): boolean {
  return day !== undefined && periods.some(({ first, last }) => day >= first && day <= last)
}

/** Numbers of events made one; undefined where there are none. */
export function combined(type: string, numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined
  if (type === 'COUNT') return numbers.length
  const sum = numbers.reduce((total, number) => total + number, 0)
  if (type === 'AVERAGE') return sum / numbers.length
  if (type === 'MAX') return numbers.reduce((a, b) => Math.max(a, b))
  return type === 'MIN' ? numbers.reduce((a, b) => Math.min(a, b)) : sum
}
