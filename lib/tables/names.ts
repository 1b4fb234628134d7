import { QueryError } from '../errors.ts'
import type { TableColumn } from './columns.ts'

/** A kind of database. */
export type Dialect = 'postgres' | 'duckdb' | 'sqlite'

const part = /(?:"((?:[^"]|"")+)"|([^".]+))(?:\.|$)/gy

/** How many names a table has at most: its own, its schema's, its catalogue's. */
const deepest: Readonly<Record<Dialect, number>> = { postgres: 2, duckdb: 3, sqlite: 2 }

/** Columns that each table of Postgres has already. */
const systemColumns = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

/** Postgres cuts a longer name, so that two become one or it is not found again. In bytes. */
const longestName = 63

/**
 * The names in `public.anc`, or `"a.b".anc`.
 *
 * @throws QueryError where it is no name of a table, or of none that this database can have.
 */
export function tableNames(who: string, table: string, dialect: Dialect): string[] {
  const parts = [...table.matchAll(part)]
  const names = parts.map(([, inQuotes, bare]) => inQuotes?.replaceAll('""', '"') ?? bare!)
  const isWhole = parts.map(([text]) => text).join('') === table && !parts.at(-1)?.[0].endsWith('.')
  if (!isWhole || names.length === 0 || names.length > deepest[dialect]) {
    throw new QueryError(
      `${who}: table: ${JSON.stringify(table)} is no name of a table; write 'anc' or 'public.anc', and "…" around a name with a dot`,
    )
  }
  for (const name of names) checkName(who, name, dialect, 'table')
  return names
}

/** @throws QueryError where this database can not have one of these columns. */
export function checkColumnNames(who: string, columns: readonly TableColumn[], dialect: Dialect): void {
  const seen = new Map<string, string>()
  for (const { name } of columns) {
    checkName(who, name, dialect, 'column')
    if (dialect === 'postgres' && systemColumns.includes(name)) {
      throw new QueryError(`${who}: column ${JSON.stringify(name)}: Postgres has one of its own of that name`)
    }
    // The others take upper and lower case for the same.
    const same = dialect === 'postgres' ? name : name.toLowerCase()
    const other = seen.get(same)
    if (other !== undefined) {
      const both = `${JSON.stringify(other)} and ${JSON.stringify(name)}`
      throw new QueryError(`${who}: columns ${both} are one to ${dialect}; give one of them another name`)
    }
    seen.set(same, name)
  }
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function checkName(who: string, name: string, dialect: Dialect, what: string): void {
  const shown = `${who}: ${what} ${JSON.stringify(name)}`
  if (name === '') throw new QueryError(`${shown}: is empty`)
  if (name.includes('\0')) throw new QueryError(`${shown}: holds U+0000`)
  const length = Buffer.byteLength(name)
  if (dialect === 'postgres' && length > longestName) {
    throw new QueryError(`${shown}: is ${length} bytes long, and Postgres takes ${longestName}`)
  }
}
