import { z } from 'zod'
import type { MetadataLists } from '../asking/metadata-lists.ts'
import { type Calendar, calendars } from '../cells/period-days.ts'
import { type Shape, validate } from '../checks/validate.ts'
import type { Dhis2Client } from '../client.ts'
import { QueryError } from '../errors.ts'
import { isObject, type MetaData } from '../grid/grid.ts'
import { type CallOptions, callOptionsShape } from '../http/options.ts'
import { serverOf } from '../http/server-of.ts'
import type { RowStream } from '../rows/row-stream.ts'
import { Answer } from './answer.ts'
import { type Table, TableRows } from './table-rows.ts'

export interface DimensionTablesOptions extends CallOptions {
  /** For how many levels of org units there are columns, from 1. Default as many as the server has named. */
  levels?: number | undefined
  /**
   * The server's calendar, as in `datePeriods`: with another than `iso8601` and `gregorian` the days of a period are those
   * that the answer tells, under `includeMetadataDetails: true`, or null. Default `iso8601`.
   */
  calendar?: Calendar | undefined
}

/** What an answer is about, as far as the server has lists of it. */
export interface ServerTables {
  /**
   * `id`, `code`, `name`, `level` (from 1, the top), `parent` (an id), `path` (`/` and the ids from the top down to its own),
   * and `level1_id`, `level1_name`, … of each level; null below its own.
   */
  readonly orgUnits: RowStream
  /**
   * `id` as in `dx`, `code`, `name`, `kind`, `value_type`, `aggregation_type`. A kind is DHIS2's word: `DATA_ELEMENT`,
   * `DATA_ELEMENT_OPERAND`, `INDICATOR`, `REPORTING_RATE`, `PROGRAM_INDICATOR`, `PROGRAM_DATA_ELEMENT`, `PROGRAM_ATTRIBUTE`, …
   */
  readonly dataItems: RowStream
  /** Category option combos, of `co` and `ao`: `id`, `code`, `name`. */
  readonly disaggregations: RowStream
}

/** What an answer is about. */
export interface DimensionTables extends ServerTables {
  /** `id`, `type` (`Monthly`, `Quarterly`, …), `start` and `end`, the first and the last day. No request is sent for it. */
  readonly periods: RowStream
}

const schema = z.strictObject({
  ...callOptionsShape,
  levels: z.int({ error: 'must be a whole number from 1 to 100' }).min(1).max(100).optional(),
  calendar: z.enum(calendars, { error: `must be one of ${calendars.join(', ')}` }).optional(),
} satisfies Shape<DimensionTablesOptions>)

/**
 * What stands around the facts: row streams of the org units, data items, periods and disaggregations of an answer, a Grid
 * or rows that were read, or any `{ metaData }`. They go wherever rows go. `'all'` is all that the server has, without
 * periods, of which it has no end.
 *
 * Which rows a table has is what `metaData.dimensions` says: one for each id there, in its order, so that every fact has
 * its row. What is in them is what the server's lists of metadata say now, else what `metaData.items` says, and null where
 * neither does. Of `'all'` the rows come in the server's order of ids, a page of 1,000 at a time.
 *
 * Each table is made when it is first asked for, and sends its requests when it is first read; the next page is asked for
 * when the one before has been read. An answer's items are looked up 300 at a time. A page that breaks off is asked for
 * anew, within the retries.
 *
 * A stream fails with a QueryError where the metaData is not known yet or says no dimensions (`skipMeta`), with a RowError
 * where an org unit lies deeper than there are columns, and with an UnexpectedContentError where a list contradicts
 * itself: where it repeats or leaves out something, or sends what was not asked for; else with any error of the family.
 *
 * @throws QueryError for what is no client, no answer, or for options that can't be right.
 */
export function dimensionTables(
  client: Dhis2Client,
  of: 'all',
  options?: Omit<DimensionTablesOptions, 'calendar'>,
): ServerTables
export function dimensionTables(
  client: Dhis2Client,
  of: { readonly metaData: MetaData | undefined },
  options?: DimensionTablesOptions,
): DimensionTables
export function dimensionTables(
  client: Dhis2Client,
  of: 'all' | { readonly metaData: MetaData | undefined },
  options: DimensionTablesOptions = {},
): ServerTables {
  const server = serverOf('dimensionTables', client)
  const { levels, calendar = 'iso8601', ...call } = validate(schema, options, 'dimensionTables')
  if (of !== 'all' && !isAnswer(of)) {
    throw new QueryError(
      "dimensionTables: the second argument must be a Grid, rows, an object with metaData, or 'all'",
    )
  }
  const answer = () => (of === 'all' ? of : new Answer(of.metaData))
  const make = (table: (lists: MetadataLists) => Promise<Table>) => new TableRows(server, call, table)
  // Each is loaded when it is read.
  const tables = {
    orgUnits: () =>
      make(async (lists) => (await import('./org-units.ts')).orgUnitTable(lists, answer(), levels)),
    dataItems: () => make(async (lists) => (await import('./data-items.ts')).dataItemTable(lists, answer())),
    disaggregations: () =>
      make(async (lists) => (await import('./disaggregations.ts')).disaggregationTable(lists, answer())),
  }
  if (of === 'all') return madeOnce(tables)
  const periods = () =>
    make(async () => (await import('./periods.ts')).periodTable(new Answer(of.metaData), calendar))
  return madeOnce({ ...tables, periods })
}

function isAnswer(of: unknown): of is { metaData: MetaData | undefined } {
  if (typeof of !== 'object' || of === null || !('metaData' in of)) return false
  return of.metaData === undefined || isObject(of.metaData)
}

/** Each made when it is first asked for: a stream that nobody asks for must not fail by an abort that nobody hears. */
function madeOnce<Name extends string>(
  makers: Readonly<Record<Name, () => RowStream>>,
): Record<Name, RowStream> {
  const tables = {} as Record<Name, RowStream>
  for (const [name, make] of Object.entries(makers) as [Name, () => RowStream][]) {
    let made: RowStream | undefined
    Object.defineProperty(tables, name, { enumerable: true, get: () => (made ??= make()) })
  }
  return tables
}
