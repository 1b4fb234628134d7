import { z } from 'zod'
import { type Calendar, calendars, daysOf as daysOfPeriod, isComputed } from '../cells/period-days.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { QueryError, RowError } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import type { Span } from '../periods/spans.ts'
import { indexOf } from '../rows/header-names.ts'
import { MappedColumn } from '../rows/mapped-column.ts'
import { cellsOf, neededHeaders, planWithoutHeaders, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

export interface DatePeriodsOptions extends StreamOptions {
  /** Which columns hold periods, by header name. Default `pe`. */
  columns?: readonly string[] | undefined
  /** The days as ISO 8601 text (`2024-01-31`), or as `Date`, midnight UTC. Default `iso`. */
  dates?: 'iso' | 'date' | undefined
  /**
   * The server's calendar, which `client.system.info()` tells. Default `iso8601`. With another than that and `gregorian`
   * only the days that the server itself gives are taken.
   */
  calendar?: Calendar | undefined
}

/** What `datePeriods` with these options adds to a row. */
type DateCell<Options extends DatePeriodsOptions> = Options extends { dates: 'date' } ? Date : string

const schema = z.strictObject({
  ...streamOptionsShape,
  columns: z.array(z.string()).min(1).readonly().optional(),
  dates: z.literal(['iso', 'date'], { error: "must be 'iso' or 'date'" }).optional(),
  calendar: z.enum(calendars, { error: `must be one of ${calendars.join(', ')}` }).optional(),
} satisfies Shape<DatePeriodsOptions>)

/**
 * Rows in, rows with the first and the last day of their period out, behind it: `['fbfJHSPpUQD', '202401', '12']` becomes
 * `['fbfJHSPpUQD', '202401', '2024-01-01', '2024-01-31', '12']` under `dx`, `pe`, `pe.start`, `pe.end`, `value`. Of an
 * empty cell both are null. It belongs in front of `labelCells`, which makes names of periods.
 *
 * All period types of DHIS2 are known, as the ISO calendar has them. What the server itself says of a period comes first.
 * A server on another calendar has to be asked for that, with `includeMetadataDetails: true` in the query, and
 * `calendar: 'ethiopian'` says here that nothing else will do: without it its years are taken for those of the ISO calendar.
 *
 * The stream fails with a RowError at what is no period, or one without days of the server's where only those will do;
 * with a QueryError where a column is not there, where rows are no arrays, and behind a stage that announces no headers.
 *
 * @throws QueryError for options that can't be right, such as a calendar that nobody knows.
 */
export function datePeriods<const Options extends DatePeriodsOptions = Record<never, never>, Cell = unknown>(
  options?: Options,
): TransformTo<(Cell | DateCell<Options> | null)[], readonly Cell[]> {
  const {
    columns: wanted = ['pe'],
    dates = 'iso',
    calendar = 'iso8601',
    ...rest
  } = validate(schema, options ?? {}, 'datePeriods')
  const unknown = isComputed(calendar)
    ? 'is no period'
    : `has no days of the server's, which alone tells them on the ${calendar} calendar; ask with includeMetadataDetails: true`
  return rowStage(
    'datePeriods',
    rest,
    (upstream) => {
      const headers = neededHeaders('datePeriods', upstream)
      if (headers.length === 0) return planWithoutHeaders('datePeriods')
      const chosen = new Set(wanted.map((name) => indexOf('datePeriods', headers, name)))
      const announced = headers.flatMap((header, i) =>
        chosen.has(i) ? [header, ...dateHeaders(header)] : [header],
      )
      const taken = announced.find(
        (header) => !headers.includes(header) && headers.some(({ name }) => name === header.name),
      )
      if (taken) throw new QueryError(`datePeriods: there is a column ${JSON.stringify(taken.name)} already`)
      const known = new Map<unknown, readonly unknown[]>()
      const daysOf = (cell: unknown, rowNumber: number, column: string) => {
        if (isNone(cell)) return noDays
        const before = known.get(cell)
        if (before) return before
        const span = spanOf(cell, upstream.metaData, calendar)
        if (!span) throw new RowError(`${JSON.stringify(cell)} ${unknown}`, { rowNumber, column })
        const days = [span.from, span.to].map((day) => (dates === 'iso' ? day : new Date(day)))
        known.set(cell, days)
        return days
      }
      const made = headers.map(({ name }, i) =>
        chosen.has(i) ? [0, 1].map((end) => new MappedColumn((cell) => daysOf(cell, 0, name)[end])) : [],
      )
      return {
        headers: announced,
        step(row, rowNumber) {
          const cells = cellsOf('datePeriods', row, headers.length, rowNumber)
          const dated: unknown[] = []
          for (let i = 0; i < cells.length; i++) {
            dated.push(cells[i])
            if (chosen.has(i)) dated.push(...daysOf(cells[i], rowNumber, headers[i]!.name))
          }
          return dated
        },
        block: ({ rowCount, columns }) => ({
          rowCount,
          columns: columns.flatMap((column, i) => [column, ...made[i]!.map((mapped) => mapped.of(column))]),
        }),
      }
    },
    { takesBlocks: true },
  )
}

const noDays = [null, null]

function isNone(cell: unknown): boolean {
  return cell === null || cell === undefined || cell === ''
}

/** Old servers send years as numbers. */
function spanOf(cell: unknown, metaData: MetaData | undefined, calendar: string): Span | undefined {
  if (typeof cell !== 'string' && typeof cell !== 'number') return undefined
  return daysOfPeriod(String(cell), metaData ?? {}, calendar)
}

function dateHeaders({ name, column = name }: Header): Header[] {
  return [
    ['start', 'start date'],
    ['end', 'end date'],
  ].map(([suffix, label]) => ({
    name: `${name}.${suffix}`,
    column: `${column} ${label}`,
    valueType: 'DATE',
    type: 'java.time.LocalDate',
    hidden: false,
    meta: true,
  }))
}
