import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import { QueryError, RowError } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { idsOf, itemOf } from '../grid/meta-data.ts'
import { indexOf } from '../rows/header-names.ts'
import { cellsOf, neededHeaders, planWithoutHeaders, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

export interface PivotRowsOptions extends StreamOptions {
  /** The column whose cells go under the items. Default `value`. */
  value?: string | undefined
  /** The items that become columns, in this order. Default those that the answer was asked for, in the order of the question. */
  items?: readonly string[] | undefined
  /** How many cells may be held, those that stay empty included. Default 5,000,000. */
  maxCells?: number | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  dimension: z.string().min(1, { error: 'must be the name of a column' }),
  value: z.string().min(1).optional(),
  items: z.array(z.string()).min(1).readonly().optional(),
  maxCells: z.int().min(1).optional(),
} satisfies Shape<PivotRowsOptions & { dimension: string }>)

/**
 * Rows in, the wide table that people open in a spreadsheet out: one column for each item of a dimension, and one row for
 * what else there is. Behind `pivotRows('dx')` the columns are `pe`, `ou`, `fbfJHSPpUQD`, `cYeuwXTCPkU`; a cell of which
 * no row told is null. The label of an item's column is its name: `toCsv({ header: 'column' })`. `labelCells` belongs
 * behind it, `castCells` before it.
 *
 * It holds the whole table until the last row has come, and gives the rows in the order in which they were met. Every
 * column but the dimension and the value tells rows apart: `selectColumns` drops those that should not.
 *
 * The stream fails with a QueryError where it would hold more than `maxCells`, where a column is not there, where nobody
 * says which items there are (`skipMeta=true`), and behind a stage that announces no headers; with a RowError at an item
 * that is none of them, and at a second value for one cell.
 */
export function pivotRows(dimension: string, options: PivotRowsOptions = {}): TransformTo<Row> {
  const {
    value = 'value',
    items: wanted,
    maxCells = 5_000_000,
    dimension: _,
    ...rest
  } = validate(schema, { ...options, dimension }, 'pivotRows')
  return rowStage('pivotRows', rest, (upstream) => {
    const headers = neededHeaders('pivotRows', upstream)
    if (headers.length === 0) return planWithoutHeaders('pivotRows')
    const at = indexOf('pivotRows', headers, dimension)
    const valueAt = indexOf('pivotRows', headers, value)
    const others = [...headers.keys()].filter((i) => i !== at && i !== valueAt)
    const items = wanted ?? itemsOf(dimension, upstream.metaData)
    const places = new Map(items.map((item, i) => [item, others.length + i]))
    const announced = [
      ...others.map((i) => headers[i]!),
      ...items.map((item) => itemHeader(item, headers[valueAt]!, upstream.metaData)),
    ]
    checkNames(announced)
    const table = new Map<string, unknown[]>()
    return {
      headers: announced,
      step(row, rowNumber) {
        const cells = cellsOf('pivotRows', row, headers.length, rowNumber)
        const place = places.get(String(cells[at]))
        if (place === undefined) throw noItem(cells[at], dimension, rowNumber)
        const own = others.map((i) => cells[i])
        const key = JSON.stringify(own)
        let wide = table.get(key)
        if (!wide) {
          if ((table.size + 1) * announced.length > maxCells) throw tooLarge(maxCells)
          wide = [...own, ...new Array(items.length).fill(null)]
          table.set(key, wide)
        } else if (wide[place] !== null) throw secondValue(String(cells[at]), own, rowNumber)
        wide[place] = cells[valueAt]
        return undefined
      },
      end: () => table.values(),
    }
  })
}

function itemsOf(dimension: string, metaData: MetaData | undefined): readonly string[] {
  const items = idsOf(metaData ?? {}, dimension)
  if (items) return [...new Set(items)]
  throw new QueryError(
    `pivotRows: the answer does not say which items of ${dimension} there are; ask for that (skipMeta=false), or name them in items`,
  )
}

function itemHeader(item: string, value: Header, metaData: MetaData | undefined): Header {
  const { name } = itemOf(metaData ?? {}, item) ?? {}
  return { ...value, name: item, column: typeof name === 'string' ? name : item }
}

function checkNames(headers: readonly Header[]): void {
  const names = headers.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new QueryError(`pivotRows: there would be two columns ${JSON.stringify(twice)}`)
}

function noItem(item: unknown, column: string, rowNumber: number): RowError {
  const advice = 'labelCells() and other names belong behind pivotRows()'
  return new RowError(`${JSON.stringify(item)} is none of the items that become columns; ${advice}`, {
    rowNumber,
    column,
  })
}

function secondValue(column: string, own: readonly unknown[], rowNumber: number): RowError {
  return new RowError(`a second value for ${JSON.stringify(own)}`, { rowNumber, column })
}

function tooLarge(maxCells: number): QueryError {
  return new QueryError(
    `pivotRows: the table has more than ${maxCells} cells (maxCells); ask for less at a time, or leave it long`,
  )
}
