import { isOffset, type Zone } from './time-zone.ts'

/** How dates and datetimes leave: as ISO 8601 text, as `Date`, or as they came. */
export type DateStyle = 'iso' | 'date' | 'text'

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/
const midnight = 'T00:00:00.000'

/**
 * Makes the caster of a date column: text in, ISO text or a `Date` out, undefined where it is no date of the ISO
 * calendar. Servers send the midnight of a DATE too, and times under DATE headers: those keep their time.
 */
export function dateCaster(
  style: 'iso' | 'date',
  isDateTime: boolean,
  zone: Zone | undefined,
): (cell: unknown) => string | Date | undefined {
  return (cell) => {
    const iso = typeof cell === 'string' ? isoOf(cell, isDateTime, zone) : undefined
    if (iso === undefined || style === 'iso') return iso
    // A day is midnight UTC, which is what `new Date` makes of it.
    return new Date(zone === undefined && iso.length > 10 && !hasZone(iso) ? `${iso}Z` : iso)
  }
}

function isoOf(text: string, isDateTime: boolean, zone: Zone | undefined): string | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', own] = match
  if (!isDay(Number(year), Number(month), Number(day))) return undefined
  const date = `${year}-${month}-${day}`
  const time = `T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}`
  if (!isDateTime && time === midnight) return date
  if (own !== undefined)
    return own === 'Z' || isOffset(withColon(own)) ? date + time + withColon(own) : undefined
  return date + time + (zone?.(Date.parse(`${date}T${hour}:${minute}:${second}Z`)) ?? '')
}

function hasZone(iso: string): boolean {
  return /(Z|[+-]\d\d:\d\d)$/.test(iso)
}

function withColon(zone: string): string {
  return zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
}

function isDay(year: number, month: number, day: number): boolean {
  // Of years below 100 `Date.UTC` makes those of the 20th century; the calendar comes round every 400.
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year + 400, month, 0)).getUTCDate()
}
