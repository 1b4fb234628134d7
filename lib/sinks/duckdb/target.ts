import { QueryError } from '../../errors.ts'
import type { ColumnType, TableColumn } from '../../tables/columns.ts'
import { quoted, tableNames } from '../../tables/names.ts'
import type { TableOptions } from '../../tables/options.ts'
import { typeName } from '../../tables/schema.ts'
import type { Session } from './session.ts'

/** A column that is loaded, as the table has it, or will. */
export interface TargetColumn extends TableColumn {
  /** In SQL, with its quotes. */
  readonly sql: string
  /** DuckDB's. */
  readonly dataType: string
  /** As what it comes, in the file with the rows. */
  readonly stagedType: ColumnType
  readonly takesNaN: boolean
  readonly isNotNull: boolean
  /** Whether the table has yet to get it. */
  readonly isNew: boolean
}

/** A table and the columns of it that are loaded. */
export interface Target {
  /** In SQL, with its quotes. */
  readonly sql: string
  readonly columns: readonly TargetColumn[]
  /** Whether there is none yet. */
  readonly isMissing: boolean
  /** Whether no two rows can have the same key. */
  readonly isUnique: boolean
}

const wholeNumber = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/
const floating = /^(DOUBLE|FLOAT)$/
const decimal = /^DECIMAL/
const time = /^TIMESTAMP(_S|_MS|_NS)?$/
/** What no cell is. */
const nested = /\]$|^(STRUCT|MAP|UNION|BLOB|BIT|TIMESTAMP WITH|TIME WITH)/

/** What columns take that are not of text. */
const taking: Readonly<Record<Exclude<ColumnType, 'text'>, readonly RegExp[]>> = {
  double: [floating, decimal, wholeNumber],
  bigint: [floating, decimal, wholeNumber],
  boolean: [/^BOOLEAN$/],
  date: [/^DATE$/, time],
  timestamp: [time, /^DATE$/],
}

interface Found {
  readonly dataType: string
  readonly isNotNull: boolean
  readonly isPrimary: boolean
}

/** @throws QueryError where the table is not there, or can not take these columns. */
export async function targetOf(
  session: Session,
  columns: readonly TableColumn[],
  { table, create, addColumns }: TableOptions,
): Promise<Target> {
  const sql = tableNames('toDuckDb', table, 'duckdb').map(quoted).join('.')
  const found = await columnsOf(session, sql)
  if (!found && !create) {
    throw new QueryError(`toDuckDb: there is no table ${sql}; make it, or say create: true`)
  }
  const missing = found ? columns.filter(({ name }) => !found.has(name.toLowerCase())) : []
  if (missing.length > 0 && !addColumns) {
    const names = missing.map(({ name, type }) => `${name} (${typeName(type, 'duckdb')})`).join(', ')
    throw new QueryError(`toDuckDb: the table ${sql} has no ${names}; add them, or say addColumns: true`)
  }
  const targets = columns.map((column) => targetColumn(column, found?.get(column.name.toLowerCase())))
  const wrong = targets.filter(({ stagedType, dataType }) => !takes(dataType, stagedType))
  if (wrong.length > 0) {
    const differences = wrong.map(
      ({ name, type, dataType }) => `${name} is ${dataType}, and ${typeName(type, 'duckdb')} comes`,
    )
    throw new QueryError(`toDuckDb: the table ${sql} has columns of other types: ${differences.join('; ')}`)
  }
  const primary = [...(found ?? [])].filter(([, { isPrimary }]) => isPrimary)
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name.toLowerCase())
  const isUnique = primary.length > 0 && primary.every(([name]) => keys.includes(name))
  return { sql, columns: targets, isMissing: !found, isUnique }
}

/** Whether a column takes whole numbers only. */
export function isWhole(dataType: string): boolean {
  return wholeNumber.test(dataType)
}

function targetColumn(column: TableColumn, found: Found | undefined): TargetColumn {
  const dataType = found?.dataType ?? typeName(column.type, 'duckdb')
  return {
    ...column,
    sql: quoted(column.name),
    dataType,
    // As it was sent: the text of 12 is no '12.0'.
    stagedType: dataType === 'VARCHAR' ? 'text' : column.type,
    takesNaN: column.type === 'double' && floating.test(dataType),
    isNotNull: found?.isNotNull ?? false,
    isNew: !found,
  }
}

function takes(dataType: string, type: ColumnType): boolean {
  return type === 'text' ? !nested.test(dataType) : taking[type].some((types) => types.test(dataType))
}

/** By their names in lower case, as DuckDB knows them; undefined where there is no such table. */
async function columnsOf(session: Session, sql: string): Promise<Map<string, Found> | undefined> {
  let rows: Record<string, unknown>[]
  try {
    rows = await session.query(`SELECT * FROM (DESCRIBE ${sql})`)
  } catch (error) {
    if (/^Catalog Error: Table with name .* does not exist/.test((error as Error).message)) return undefined
    throw error
  }
  return new Map(
    rows.map((row) => [
      String(row['column_name']).toLowerCase(),
      {
        dataType: String(row['column_type']),
        isNotNull: row['null'] === 'NO',
        isPrimary: row['key'] === 'PRI',
      },
    ]),
  )
}
