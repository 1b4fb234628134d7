import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'
import { checkedOptions, type TableOptions, tableOptionsShape } from '../tables/options.ts'
import type { SqliteDatabase } from './sqlite/connection.ts'
import { SqliteDriver } from './sqlite/driver.ts'
import { type TableRowSink, TableSink } from './table-sink.ts'

export type { TableMode, TableOptions, TableSlice } from '../tables/options.ts'
export type { SqliteDatabase, SqliteStatement } from './sqlite/connection.ts'
export type { TableCounts, TableRowSink } from './table-sink.ts'

export interface ToSqliteOptions extends TableOptions {
  /**
   * A DatabaseSync of `node:sqlite`, a Database of `better-sqlite3` or of `node-sqlite3-wasm`: open, and outside of a
   * transaction. While rows come it may be used for other things; several sinks may share it.
   */
  database: SqliteDatabase
}

/** The schema of what rows are written to. */
export const sqliteDatabase = z.custom<SqliteDatabase>(isDatabase, {
  error: 'must be a DatabaseSync of node:sqlite, or a Database of better-sqlite3 or node-sqlite3-wasm',
})

const schema = z.strictObject({
  ...tableOptionsShape,
  database: sqliteDatabase,
} satisfies Shape<ToSqliteOptions>)

/**
 * Rows or objects in, a table of SQLite that has taken them all, or none.
 *
 * ```ts
 * const sink = toSqlite({ database: new DatabaseSync('dhis2.db'), table: 'anc', mode: 'replace-slice', create: true })
 * await pipeline(client.analytics.rows(query), sink)
 * console.log(sink.rowCount, sink.counts) // 600000 { inserted: 12, updated: 340, deleted: 3, unchanged: 599645 }
 * ```
 *
 * Rows go into a temporary file, which locks nothing, and as text, numbers, bigints, bytes or NULL as their columns have
 * it, whatever the driver would make of them. When the last has come, the connection copies them into a temporary table,
 * and one transaction takes them into yours, as short as it can be; `finish` means committed. Others who write then are waited for as long as the
 * connection's busy timeout says, or 5 seconds where that is 0, as it is in `node:sqlite`. Whatever fails before that, or
 * is aborted, leaves the table as it was.
 *
 * A table it makes is STRICT; but for `append` it has a primary key, and no rowid. Of booleans it makes 1 and 0, of dates
 * text (`2024-01-31`, `2024-01-31 09:30:00.000`). NaN, the infinite and U+0000 are refused.
 *
 * It fails with a RowError where a value does not fit, a key comes twice, a row is outside of the slice that is replaced,
 * or a constraint of the table refuses it; with a QueryError where the table can not take the rows, or the connection is in
 * a transaction, which then stays as it is; and else with SQLite's own error.
 *
 * @throws QueryError for options that can not be right.
 */
export function toSqlite(options: ToSqliteOptions): TableRowSink {
  const checked = checkedOptions('toSqlite', schema, options)
  return new TableSink('toSqlite', checked, new SqliteDriver(checked, checked.database))
}

function isDatabase(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { exec, prepare } = value as Record<string, unknown>
  return typeof exec === 'function' && typeof prepare === 'function'
}
