import { QueryError } from '../../errors.ts'
import type { ColumnType, TableColumn } from '../../tables/columns.ts'
import { quoted, tableNames } from '../../tables/names.ts'
import type { TableOptions } from '../../tables/options.ts'
import { definitions, typeName } from '../../tables/schema.ts'
import type { Connection } from './connection.ts'

/** What a column does to a value that it is given, which SQLite calls its affinity: `any` leaves it as it is. */
type Affinity = 'text' | 'integer' | 'real' | 'numeric' | 'any'

/** A column that is loaded, as the table has it, or will. */
export interface TargetColumn extends TableColumn {
  /** In SQL, with its quotes. */
  readonly sql: string
  /** What its cells are made. */
  readonly fits: ColumnType
  /** Whether those numbers must be whole, and within 2^53. */
  readonly isWhole: boolean
  /** As a column of the stage is declared. */
  readonly stageType: string
  /** Whether there must be a value. */
  readonly isRequired: boolean
  /** Whether the table has yet to get it. */
  readonly isNew: boolean
}

/** A table, and the columns of it that are loaded. */
export interface Target {
  /** In SQL, with its quotes. */
  readonly sql: string
  readonly columns: readonly TargetColumn[]
  readonly isMissing: boolean
  readonly isStrict: boolean
  /** Whether it has these columns, in this order, and no others. */
  readonly isAll: boolean
  /** Whether the table sees to it that no key is there twice, and so finds a row by it. */
  readonly isUnique: boolean
}

interface Found {
  readonly name: string
  readonly type: string
  readonly affinity: Affinity
  readonly isNotNull: boolean
  readonly isFilled: boolean
  readonly isGenerated: boolean
}

/** Which columns take what a header says. Text goes into any, where it is what that has. */
const taking: Readonly<Record<ColumnType, readonly Affinity[]>> = {
  text: ['text', 'integer', 'real', 'numeric', 'any'],
  double: ['text', 'integer', 'real', 'numeric', 'any'],
  bigint: ['text', 'integer', 'real', 'numeric', 'any'],
  boolean: ['text', 'integer', 'numeric', 'any'],
  date: ['text', 'any'],
  timestamp: ['text', 'any'],
}

/** Such a column, which to SQLite is one of numbers, leaves dates as they are. */
const ofTime = /date|time/i

/**
 * The table for these columns, as it is now.
 *
 * @throws QueryError where there is none that may be made, or it can not take the columns; what differs is named.
 */
export function targetOf(
  connection: Connection,
  columns: readonly TableColumn[],
  { table, mode = 'append', create = false, addColumns = false }: TableOptions,
): Target {
  const [name, schema = 'main'] = tableNames('toSqlite', table, 'sqlite').toReversed()
  const sql = `${quoted(schema)}.${quoted(name!)}`
  const [listed] = connection.all(`PRAGMA ${quoted(schema)}.table_list(${quoted(name!)})`)
  if (!listed && !create) {
    throw new QueryError(
      `toSqlite: there is no table ${table}; say create: true, or make it: ` +
        `CREATE TABLE ${sql} (${definitions(columns, 'sqlite').join(', ')}) STRICT`,
    )
  }
  if (listed && listed['type'] !== 'table') {
    throw new QueryError(`toSqlite: ${table} is no table, but a ${String(listed['type'])}`)
  }
  const info = connection.all(`PRAGMA ${quoted(schema)}.table_xinfo(${quoted(name!)})`)
  // A table that is made is strict.
  const isStrict = Number(listed?.['strict'] ?? 1) === 1
  const found = new Map(info.map((row) => [String(row['name']).toLowerCase(), foundOf(row, isStrict)]))
  const names = columns.map((column) => column.name.toLowerCase())
  if (listed) check(table, found, columns, addColumns)
  return {
    sql,
    isMissing: !listed,
    isStrict,
    isAll: !listed || [...found.keys()].join('\0') === names.join('\0'),
    isUnique: isUnique(connection, schema, name!, info, columns),
    columns: columns.map((column) => targetColumn(column, found.get(column.name.toLowerCase()), mode)),
  }
}

/** Makes the table, or gives it the columns that it has not. */
export function makeTarget(connection: Connection, target: Target, isKeyed: boolean): void {
  const { sql, columns, isMissing } = target
  if (!isMissing) {
    for (const column of columns.filter(({ isNew }) => isNew)) {
      connection.exec(`ALTER TABLE ${sql} ADD COLUMN ${definitions([column], 'sqlite').join()}`)
    }
    return
  }
  const list = definitions(columns, 'sqlite')
  const keys = columns.flatMap((column) => (column.isKey ? [column.sql] : []))
  // With its rows in the tree of the key, and not beside it, a table takes half of the space.
  const how = isKeyed ? 'STRICT, WITHOUT ROWID' : 'STRICT'
  if (isKeyed) list.push(`PRIMARY KEY (${keys.join(', ')})`)
  connection.exec(`CREATE TABLE ${sql} (${list.join(', ')}) ${how}`)
}

/** By the rules in SQLite's own words: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function affinityOf(type: string, isStrict: boolean): Affinity {
  if (/int/i.test(type)) return 'integer'
  if (/char|clob|text/i.test(type)) return 'text'
  if (type === '' || /blob/i.test(type) || (isStrict && /^any$/i.test(type))) return 'any'
  return /real|floa|doub/i.test(type) ? 'real' : 'numeric'
}

function foundOf(row: Record<string, unknown>, isStrict: boolean): Found {
  const type = String(row['type'])
  const affinity = affinityOf(type, isStrict)
  return {
    name: String(row['name']),
    type,
    affinity,
    isNotNull: Number(row['notnull']) === 1,
    isFilled: row['dflt_value'] !== null,
    isGenerated: Number(row['hidden']) > 1,
  }
}

function check(
  table: string,
  found: ReadonlyMap<string, Found>,
  columns: readonly TableColumn[],
  addColumns: boolean,
): void {
  const differing = columns.flatMap(({ name, type }) => {
    const there = found.get(name.toLowerCase())
    if (!there) return []
    if (there.isGenerated) return [`${quoted(name)} is generated, and can not be loaded`]
    const isTime = (type === 'date' || type === 'timestamp') && ofTime.test(there.type)
    if (isTime || taking[type].includes(there.affinity)) return []
    return [`${quoted(name)} is ${there.type}, where ${typeName(type, 'sqlite')} comes`]
  })
  const missing = addColumns ? [] : columns.filter(({ name }) => !found.has(name.toLowerCase()))
  if (missing.length > 0) {
    const list = definitions(missing, 'sqlite').join(', ')
    differing.push(`it has no ${list}: say addColumns: true, or leave them out with selectColumns()`)
  }
  const loaded = columns.map(({ name }) => name.toLowerCase())
  for (const { name, isNotNull, isFilled, isGenerated } of found.values()) {
    if (!isNotNull || isFilled || isGenerated || loaded.includes(name.toLowerCase())) continue
    differing.push(`${quoted(name)} is NOT NULL, has no default, and does not come`)
  }
  if (differing.length > 0) throw new QueryError(`toSqlite: the table ${table}: ${differing.join('; ')}`)
}

function targetColumn(column: TableColumn, found: Found | undefined, mode: string): TargetColumn {
  const { name, type, isKey } = column
  const affinity = found?.affinity ?? 'any'
  return {
    ...column,
    sql: quoted(name),
    fits: fitOf(type, found),
    isWhole: (type === 'double' && affinity === 'integer') || (type === 'bigint' && affinity === 'real'),
    stageType: affinity === 'any' ? typeName(type, 'sqlite') : affinity.toUpperCase(),
    isRequired: (isKey && mode !== 'append') || (found?.isNotNull ?? false),
    isNew: !found,
  }
}

/** Text is what the column says; what says itself what it is stays that, and is text where the column has text. */
function fitOf(type: ColumnType, found: Found | undefined): ColumnType {
  if (!found) return type
  const { affinity, type: declared } = found
  if (affinity === 'text') return type === 'date' || type === 'timestamp' ? type : 'text'
  if (affinity === 'real' && type === 'bigint') return 'double'
  if (type !== 'text' || affinity === 'any') return type
  if (affinity !== 'numeric') return affinity === 'integer' ? 'bigint' : 'double'
  if (/bool/i.test(declared)) return 'boolean'
  if (!ofTime.test(declared)) return 'double'
  return /time/i.test(declared) ? 'timestamp' : 'date'
}

function isUnique(
  connection: Connection,
  schema: string,
  name: string,
  info: readonly Record<string, unknown>[],
  columns: readonly TableColumn[],
): boolean {
  const keys = columns.filter(({ isKey }) => isKey).map((column) => column.name.toLowerCase())
  const primary = info.filter(({ pk }) => Number(pk) > 0)
  if (primary.length > 0 && primary.every((row) => keys.includes(String(row['name']).toLowerCase()))) {
    return true
  }
  const [found] = connection.all(
    `SELECT 1 FROM pragma_index_list(?, ?) AS l WHERE l."unique" AND NOT l.partial AND NOT EXISTS (
       SELECT 1 FROM pragma_index_info(l.name, ?) AS i
       WHERE i.name IS NULL OR lower(i.name) NOT IN (SELECT value FROM json_each(?)))`,
    [name, schema, schema, JSON.stringify(keys)],
  )
  return found !== undefined
}
