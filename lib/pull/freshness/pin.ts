import { z } from 'zod'
import { zoneOf } from '../../cells/time-zone.ts'
import { NeverRanError, UnexpectedContentError } from '../../errors.ts'

/**
 * Which analytics tables a server has, as `/api/system/info` tells. A server writes it when a job has put all of its tables
 * in place, so that tables are newer than an unchanged pin while a job runs.
 */
export interface Pin {
  /** When the newest job that made all tables began, `lastAnalyticsTableSuccess`: ISO, UTC. */
  readonly tables: string
  /** The same of the continuous job, `lastAnalyticsTablePartitionSuccess`; undefined where it never ran, and up to 2.41. */
  readonly partition?: string | undefined
  /** Of the server, such as `2.43.2`. */
  readonly version: string
}

/** What a server said of its analytics at one moment, by its own clock. */
export interface Sighting {
  /** When it said whether a job runs: ISO, UTC. No later than `at`. */
  readonly askedAt: string
  /** When it told the pin: ISO, UTC. */
  readonly at: string
  readonly pin: Pin
  /** How long the last job took, in milliseconds, as far as the server says: it says so late. */
  readonly runtimeMs?: number | undefined
  /** Whether an analytics job ran then; undefined where the server does not tell this user. */
  readonly isRunning?: boolean | undefined
}

const schema = z.looseObject({
  version: z.string(),
  serverDate: z.string().optional(),
  serverTimeZoneId: z.string().optional(),
  lastAnalyticsTableSuccess: z.string().nullish(),
  lastAnalyticsTableRuntime: z.string().nullish(),
  lastAnalyticsTablePartitionSuccess: z.string().nullish(),
})

/**
 * The pin in a system info, and what time it was on the server. `date` is the header of that name.
 *
 * @throws NeverRanError where no analytics tables were ever made; UnexpectedContentError where this is no system info, or
 * does not tell the server's time.
 */
export function pinOf(info: unknown, date: string | undefined): Pick<Sighting, 'pin' | 'at' | 'runtimeMs'> {
  const said = schema.safeParse(info)
  if (!said.success) throw new UnexpectedContentError('This is not the system info of a DHIS2 server')
  const { version, serverDate, serverTimeZoneId, lastAnalyticsTableSuccess, ...others } = said.data
  if (!hasRun(lastAnalyticsTableSuccess)) {
    throw new NeverRanError(
      'The analytics of this server never ran: its tables are empty, and every query would be answered with no rows. Have ' +
        'them made first: Data Administration, Analytics tables; or POST /api/resourceTables/analytics',
    )
  }
  const headerMs = date === undefined ? Number.NaN : Date.parse(date)
  const utcMs = clockOf(serverTimeZoneId, serverDate, headerMs)
  const atMs = Number.isNaN(headerMs) ? utcMs(serverDate ?? '') : headerMs
  const tables = isoOf(utcMs(lastAnalyticsTableSuccess))
  const partition = others.lastAnalyticsTablePartitionSuccess
  return {
    pin: {
      tables,
      version,
      ...(hasRun(partition) && { partition: isoOf(utcMs(partition)) }),
    },
    at: isoOf(atMs),
    ...runtimeOf(others.lastAnalyticsTableRuntime),
  }
}

export function isSamePin(a: Pin, b: Pin): boolean {
  return a.tables === b.tables && a.partition === b.partition
}

/** From `01:02:03.456`. */
function runtimeOf(text: string | null | undefined): { runtimeMs?: number } {
  const [, hours, minutes, seconds] = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text ?? '') ?? []
  if (seconds === undefined) return {}
  return { runtimeMs: Math.round(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000) }
}

/** Servers say 1970 of what never was. */
function hasRun(time: string | null | undefined): time is string {
  return typeof time === 'string' && time !== '' && !time.startsWith('1970')
}

/** Servers write times in their own zone, without saying it; where its name tells nothing, the header does. */
function clockOf(
  zoneName: string | undefined,
  serverDate: string | undefined,
  headerMs: number,
): (local: string) => number {
  const zone = zoneName === undefined ? undefined : zoneOf(zoneName)
  if (zone) {
    return (local) => {
      const localMs = Date.parse(`${local}Z`)
      return Number.isNaN(localMs) ? localMs : Date.parse(local + zone(localMs))
    }
  }
  const quarter = 15 * 60_000
  const ahead = Math.round((Date.parse(`${serverDate}Z`) - headerMs) / quarter) * quarter
  return (local) => Date.parse(`${local}Z`) - ahead
}

function isoOf(ms: number): string {
  if (Number.isNaN(ms)) throw new UnexpectedContentError('The server does not say what time it is there')
  return new Date(ms).toISOString()
}
