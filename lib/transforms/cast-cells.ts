import { z } from 'zod'
import { casterOf, excerptOf, isNonFinite, isNumeric, valueTypeOf } from '../cells/cast-cell.ts'
import type { DateStyle } from '../cells/cast-date.ts'
import { type Zone, zoneOf } from '../cells/time-zone.ts'
import { refusePromise, wordsOf } from '../checks/callback.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { Dhis2ClientError, RowError } from '../errors.ts'
import { type Header, valueTypes } from '../grid/grid.ts'
import { MappedColumn } from '../rows/mapped-column.ts'
import { cellsOf, neededHeaders, planWithoutHeaders, type RowPlan, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { typedHeaders } from '../rows/typed-headers.ts'

/** What a column is cast to in place of what its header says: a value type, or whatever a function makes of a cell. */
export type CastTo = (typeof valueTypes)[number] | ((cell: unknown) => unknown)

export interface CastCellsOptions extends StreamOptions {
  /**
   * DATE, AGE and DATETIME cells as ISO 8601 text (`2022-12-29`, `2022-12-29T14:05:00.000`), as `Date`, or as they came
   * (`text`). Default `iso`.
   */
  dates?: DateStyle | undefined
  /**
   * The server's time zone, which DHIS2 leaves out of times: an IANA name such as `Africa/Freetown`, summer time included
   * (`serverTimeZoneId` of `client.system.info()` is one), `Z`, or an offset such as `+05:45`. Default none: ISO text then has no zone either, and a `Date` is
   * made as if the server were on UTC. A DATE is a day, in no zone; its `Date` is midnight UTC.
   */
  zone?: string | undefined
  /**
   * `NaN` and `Infinity` in a column of numbers, which servers send where there is none: null, as they came (`keep`), or
   * a RowError (`error`). Default `null`.
   */
  nonFinite?: 'null' | 'keep' | 'error' | undefined
  /** A cell that can't be cast stays as it came (`keep`), or fails the stream with a RowError. Default `keep`. */
  onError?: 'keep' | 'error' | undefined
  /**
   * Columns to be cast otherwise, by header name: to a value type, or by a function, which gets the cell as it came,
   * `''` too, and whose `undefined` is null.
   */
  columns?: Readonly<Record<string, CastTo>> | undefined
}

/** A cell that was an object or an array on the wire, as SQL views send them. */
export type JsonCell = { [key: string]: unknown } | unknown[]

/** What `castCells` with these options makes of a cell. */
export type CastCell<Options extends CastCellsOptions = CastCellsOptions> =
  | string
  | number
  | boolean
  | null
  | JsonCell
  | (Options extends { dates: 'date' } ? Date : never)
  | MadeByFunctions<Options['columns']>

type MadeByFunctions<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends (cell: unknown) => infer Made
    ? Exclude<Made, undefined>
    : never
}[keyof Columns]

const schema = z.strictObject({
  ...streamOptionsShape,
  dates: z.literal(['iso', 'date', 'text'], { error: "must be 'iso', 'date' or 'text'" }).optional(),
  zone: z
    .string()
    .refine((name) => zoneOf(name) !== undefined, {
      error: "must be a time zone such as 'Africa/Freetown', 'Z', or an offset such as '+05:45'",
    })
    .optional(),
  nonFinite: z.literal(['null', 'keep', 'error'], { error: "must be 'null', 'keep' or 'error'" }).optional(),
  onError: z.literal(['keep', 'error'], { error: "must be 'keep' or 'error'" }).optional(),
  columns: z
    .record(
      z.string(),
      z.union([z.literal(valueTypes), z.custom<CastTo>((value) => typeof value === 'function')], {
        error: 'must be a value type or a function',
      }),
    )
    .optional(),
} satisfies Shape<CastCellsOptions>)

type CellStep = (cell: unknown, rowNumber: number) => unknown

/**
 * Rows in, rows out, their cells typed by the `valueType` of their header: `['fbfJHSPpUQD', '202401', '12.0']` becomes
 * `['fbfJHSPpUQD', '202401', 12]`. `''` becomes null in every column. It belongs in front of `toObjects`.
 *
 * NUMBER, PERCENTAGE, UNIT_INTERVAL and all INTEGER types become numbers, an integer beyond 2^53 only where no digit is
 * lost; BOOLEAN and TRUE_ONLY (`1 0 true false`) booleans; DATE, AGE and DATETIME as `dates` says. All other types stay
 * text, also those this version does not know. Cells that are no text to begin with, as old servers and SQL views
 * send, stay what they are, objects and arrays too, except 1 and 0 under BOOLEAN.
 *
 * The stream fails with a RowError where `onError` says so, and with a QueryError where `columns` names none that is
 * there, where rows are no arrays, and behind a stage that announces no headers.
 */
export function castCells<const Options extends CastCellsOptions = Record<never, never>>(
  options?: Options,
): TransformTo<CastCell<Options>[]> {
  const checked = validate(schema, options ?? {}, 'castCells')
  return rowStage(
    'castCells',
    checked,
    (upstream) => {
      const headers = neededHeaders('castCells', upstream)
      if (headers.length === 0) return planWithoutHeaders('castCells')
      const cast = typedHeaders('castCells', headers, checked.columns)
      const zone = checked.zone === undefined ? undefined : zoneOf(checked.zone)
      const steps = cast.map((header) => cellStep(header, checked, zone))
      const step: RowPlan['step'] = (row, rowNumber) =>
        castRow(cellsOf('castCells', row, cast.length, rowNumber), steps, rowNumber)
      // A function of the user gets every cell, and so a `Date` is nobody else's.
      const hasOwn = Object.values(checked.columns ?? {}).some((to) => typeof to === 'function')
      if (hasOwn || checked.dates === 'date') return { headers: cast, step }
      const throws = checked.onError === 'error' || checked.nonFinite === 'error'
      const mapped = steps.map((of, i) => {
        const makesNumbers = !throws && isNumeric(valueTypeOf(cast[i]!))
        return new MappedColumn((cell) => castCell(of, cell, 0), makesNumbers)
      })
      return {
        headers: cast,
        step,
        block: ({ rowCount, columns }) => ({
          rowCount,
          columns: columns.map((column, i) => mapped[i]!.of(column)),
        }),
      }
    },
    { takesBlocks: true },
  )
}

/** How a cell of this column is cast; undefined where it is text. */
function cellStep(header: Header, options: CastCellsOptions, zone: Zone | undefined): CellStep | undefined {
  const { dates = 'iso', nonFinite = 'null', onError = 'keep', columns = {} } = options
  const column = header.name
  const own = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (typeof own === 'function') {
    return (cell, rowNumber) => {
      let made: unknown
      try {
        made = own(cell)
      } catch (thrown) {
        if (thrown instanceof Dhis2ClientError) throw thrown
        throw new RowError(wordsOf('The function', thrown), { rowNumber, column, cause: thrown })
      }
      refusePromise(`castCells: the function of ${column}`, made)
      return made ?? null
    }
  }
  const valueType = valueTypeOf(header)
  const cast = casterOf(valueType, dates, zone)
  if (!cast) return undefined
  return (cell, rowNumber) => {
    if (cell === '' || cell === null || cell === undefined) return null
    const made = cast(cell)
    if (made !== undefined && made !== Infinity && made !== -Infinity) return made
    const isNone = isNonFinite(valueType, cell)
    if (isNone && nonFinite !== 'error') return nonFinite === 'null' ? null : cell
    if (!isNone && (onError === 'keep' || typeof cell !== 'string')) return cell
    throw new RowError(`${excerptOf(cell)} is no ${valueType}`, { rowNumber, column })
  }
}

function castRow(row: unknown[], steps: readonly (CellStep | undefined)[], rowNumber: number): unknown[] {
  const made = new Array(row.length)
  for (let i = 0; i < row.length; i++) {
    made[i] = castCell(steps[i], row[i], rowNumber)
  }
  return made
}

function castCell(step: CellStep | undefined, cell: unknown, rowNumber: number): unknown {
  return step ? step(cell, rowNumber) : cell === '' ? null : cell
}
