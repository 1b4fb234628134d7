import type { Dialect } from '../../tables/names.ts'
import { typeName } from '../../tables/schema.ts'

/** What each database says in its own way. Times are of its clock, in UTC. */
export interface Sql {
  readonly text: string
  readonly integer: string
  readonly time: string
  readonly now: string
  /** So many seconds from now. */
  later(seconds: number): string
  /** A value in ISO form. */
  readonly timeValue: string
  /** A column of times, in ISO form. */
  iso(column: string): string
}

const isoForm = '%Y-%m-%dT%H:%M:%fZ'

export const sqlOf: Readonly<Record<Dialect, Sql>> = {
  postgres: {
    text: typeName('text', 'postgres'),
    integer: typeName('bigint', 'postgres'),
    time: 'timestamptz',
    // Not `now()`, which is the time that the transaction began at.
    now: 'clock_timestamp()',
    later: (seconds) => `clock_timestamp() + interval '${seconds} seconds'`,
    timeValue: '?::timestamptz',
    iso: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  },
  duckdb: {
    text: typeName('text', 'duckdb'),
    integer: typeName('bigint', 'duckdb'),
    time: typeName('timestamp', 'duckdb'),
    now: 'make_timestamp(epoch_us(now()))',
    later: (seconds) => `make_timestamp(epoch_us(now())) + INTERVAL ${seconds} SECONDS`,
    timeValue: 'CAST(? AS TIMESTAMP)',
    iso: (column) => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`,
  },
  sqlite: {
    text: typeName('text', 'sqlite'),
    integer: typeName('bigint', 'sqlite'),
    time: typeName('timestamp', 'sqlite'),
    now: `strftime('${isoForm}', 'now')`,
    later: (seconds) => `strftime('${isoForm}', 'now', '+${seconds} seconds')`,
    timeValue: '?',
    iso: (column) => column,
  },
}
