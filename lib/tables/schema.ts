import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { type ColumnType, checkColumns, columnsOfHeaders, type TableColumn } from './columns.ts'
import { checkColumnNames, type Dialect, quoted } from './names.ts'

const typeNames: Readonly<Record<Dialect, Readonly<Record<ColumnType, string>>>> = {
  postgres: {
    text: 'text',
    double: 'double precision',
    bigint: 'bigint',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamp',
  },
  duckdb: {
    text: 'VARCHAR',
    double: 'DOUBLE',
    bigint: 'BIGINT',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
  },
  // As text dates sort and compare, and SQLite has functions for them; booleans are 0 and 1.
  sqlite: {
    text: 'TEXT',
    double: 'REAL',
    bigint: 'INTEGER',
    boolean: 'INTEGER',
    date: 'TEXT',
    timestamp: 'TEXT',
  },
}

/**
 * What the sinks make a table of: its columns and their types, and the primary key, as they stand in a `CREATE TABLE`.
 * `key` are the columns of that; default those that are no values, and none where all are (a list of events). Behind them
 * `toPostgres` has `WITH (fillfactor = 85)` for a table whose rows will change.
 *
 * ```ts
 * await db.query(`CREATE TABLE public.anc (${schemaOf(headers, 'postgres')})`)
 * ```
 *
 * @throws QueryError where this database can not have such columns, or a column of the key is not there.
 */
export function schemaOf(
  headers: readonly Header[],
  dialect: Dialect,
  { key }: { key?: readonly string[] | undefined } = {},
): string {
  if (!Object.hasOwn(typeNames, dialect)) {
    throw new QueryError(`schemaOf: there is no ${JSON.stringify(dialect)}; say postgres, duckdb or sqlite`)
  }
  const columns = columnsOfHeaders(headers, key)
  checkColumns('schemaOf', columns, { table: '', key })
  checkColumnNames('schemaOf', columns, dialect)
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => quoted(name))
  return [
    ...definitions(columns, dialect),
    ...(keys.length ? [`PRIMARY KEY (${keys.join(', ')})`] : []),
  ].join(', ')
}

/** Each column with its type, as in a `CREATE TABLE`. */
export function definitions(columns: readonly TableColumn[], dialect: Dialect): string[] {
  return columns.map(({ name, type }) => `${quoted(name)} ${typeNames[dialect][type]}`)
}

/** What a column of this type is to a database. */
export function typeName(type: ColumnType, dialect: Dialect): string {
  return typeNames[dialect][type]
}
