import { type Period, yearOfDay } from '../calendar.ts'
import type { Model } from './model.ts'
import type { Place } from './place.ts'
import type { Event } from './program.ts'
import type { TableState } from './tables.ts'

/** Events by where they are, as far as org units of two levels do not confuse the server: it reads those of one of them. */
export function placeFilter(places: readonly Place[]): (place: Place) => boolean {
  const read = places.filter(({ level }) => level === places[0]!.level)
  return ({ ids }) => read.some(({ id, level }) => ids[level - 1] === id)
}

/** The events in a program's tables. */
export function eventsIn(model: Model, state: TableState): readonly Event[] {
  const { areEventsAway } = state
  const events = placedIn(model, state, model.program.events)
  return areEventsAway
    ? events.filter(({ day, scheduledDay }) => !areEventsAway(yearOfDay(day ?? scheduledDay)))
    : events
}

/** Rows of a program as its tables have them, their org units where these stood then. */
export function placedIn<T extends { readonly place: Place }>(
  { places }: Model,
  { isEmpty, eventsAsOf }: TableState,
  rows: readonly T[],
): readonly T[] {
  if (isEmpty) return []
  const stood = places.before(eventsAsOf)
  return stood ? rows.map((row) => ({ ...row, place: stood.get(row.place)! })) : rows
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
