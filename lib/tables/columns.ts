import { valueTypeOf } from '../cells/cast-cell.ts'
import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import type { TableOptions } from './options.ts'

/** What a column holds. `timestamp` has no time zone. */
export type ColumnType = 'text' | 'double' | 'bigint' | 'boolean' | 'date' | 'timestamp'

/** A column that is loaded. */
export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  /**
   * Whether a row is known again by it, among others. Where such a column is one of text, a cell without anything in it
   * is the empty text and not NULL, which equals nothing, itself included.
   */
  readonly isKey: boolean
}

const types: Readonly<Record<string, ColumnType>> = {
  NUMBER: 'double',
  UNIT_INTERVAL: 'double',
  PERCENTAGE: 'double',
  INTEGER: 'bigint',
  INTEGER_POSITIVE: 'bigint',
  INTEGER_NEGATIVE: 'bigint',
  INTEGER_ZERO_OR_POSITIVE: 'bigint',
  BOOLEAN: 'boolean',
  TRUE_ONLY: 'boolean',
  DATE: 'date',
  AGE: 'date',
  DATETIME: 'timestamp',
}

/** The columns of a table, by the headers. Ids, and all that is of no type we know, are text. */
export function columnsOfHeaders(headers: readonly Header[], key?: readonly string[]): TableColumn[] {
  const keys = key ?? defaultKey(headers)
  return headers.map((header) => ({
    name: header.name,
    type: types[valueTypeOf(header) ?? ''] ?? 'text',
    isKey: keys.includes(header.name),
  }))
}

/** The columns of objects that nobody announced, by the first of them. */
export function columnsOfObject(first: object, key: readonly string[] = []): TableColumn[] {
  return Object.entries(first).map(([name, value]) => ({
    name,
    type: typeOf(value),
    isKey: key.includes(name),
  }))
}

/** @throws QueryError where there are no columns, a column of the `key` or the `slice` is not there, or there is no key where one is needed. */
export function checkColumns(who: string, columns: readonly TableColumn[], options: TableOptions): void {
  const { mode = 'append', key = [], slice = {} } = options
  const names = columns.map(({ name }) => name)
  if (names.length === 0) throw new QueryError(`${who}: there are no columns`)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) {
    throw new QueryError(`${who}: there are two columns ${JSON.stringify(twice)}; leave one out`)
  }
  for (const [option, wanted] of Object.entries({ key, slice: Object.keys(slice) })) {
    const unknown = wanted.find((name) => !names.includes(name))
    if (unknown === undefined) continue
    throw new QueryError(
      `${who}: ${option}: no column ${JSON.stringify(unknown)}; there are ${names.join(', ')}`,
    )
  }
  if (mode === 'append' || columns.some(({ isKey }) => isKey)) return
  throw new QueryError(
    `${who}: mode '${mode}' has to know rows again, and it is not known by which columns; name them in key`,
  )
}

/** Where all columns are dimensions, as in lists of events, they are no key: with it no row would ever change. */
function defaultKey(headers: readonly Header[]): string[] {
  const dimensions = headers.filter(({ meta }) => meta === true)
  return dimensions.length < headers.length ? dimensions.map(({ name }) => name) : []
}

function typeOf(value: unknown): ColumnType {
  switch (typeof value) {
    case 'number':
      return 'double'
    case 'bigint':
      return 'bigint'
    case 'boolean':
      return 'boolean'
    default:
      return value instanceof Date ? 'timestamp' : 'text'
  }
}
