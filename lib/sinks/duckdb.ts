import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'
import { checkedOptions, type TableOptions, tableOptionsShape } from '../tables/options.ts'
import { DuckDbDriver } from './duckdb/driver.ts'
import type { DuckDbConnection } from './duckdb/session.ts'
import { type TableRowSink, TableSink } from './table-sink.ts'

export type { TableMode, TableOptions, TableSlice } from '../tables/options.ts'
export type { DuckDbConnection } from './duckdb/session.ts'
export type { TableCounts, TableRowSink } from './table-sink.ts'

export interface ToDuckDbOptions extends TableOptions {
  /**
   * A DuckDBConnection of `@duckdb/node-api`, outside of a transaction. It may be used for other things while rows come,
   * but not from the last row to the end; several sinks may share it.
   */
  connection: DuckDbConnection
}

/** The schema of what rows are written to. */
export const duckDbConnection = z.custom<DuckDbConnection>(isConnection, {
  error: 'must be a DuckDBConnection of @duckdb/node-api',
})

const schema = z.strictObject({
  ...tableOptionsShape,
  connection: duckDbConnection,
} satisfies Shape<ToDuckDbOptions>)

/**
 * Rows or objects in, a table of DuckDB that has taken them all, or none.
 *
 * ```ts
 * const connection = await (await DuckDBInstance.fromCache('dhis2.duckdb')).connect()
 * const sink = toDuckDb({ connection, table: 'anc', mode: 'replace-slice', create: true })
 * await pipeline(client.analytics.rows(query), sink)
 * console.log(sink.rowCount, sink.counts) // 600000 { inserted: 12, updated: 340, deleted: 3, unchanged: 599645 }
 * ```
 *
 * Rows go into a Parquet file in the folder for temporary files, which nobody else may read and which is removed in the
 * end. When the last has come, one transaction takes it into the table, as short as it can be; one after the other where
 * there are several sinks in this process. `finish` means committed. Whatever fails before that, or is aborted, leaves
 * the table as it was, and the connection can be used.
 *
 * NaN is NULL, and refused where the column is no DOUBLE or FLOAT. A number that has a fraction does not fit a column of
 * whole numbers, an integer beyond 2^53 none; DECIMAL and FLOAT round.
 *
 * It fails with a RowError where a value does not fit, a key comes twice, or a row is outside of the slice that is
 * replaced; with a QueryError where the table can not take the rows, or the connection is in a transaction, which then
 * stays as it is; with a DestinationError where the temporary file can't be written; and else with DuckDB's own error.
 *
 * @throws QueryError for options that can not be right.
 */
export function toDuckDb(options: ToDuckDbOptions): TableRowSink {
  const checked = checkedOptions('toDuckDb', schema, options)
  return new TableSink('toDuckDb', checked, new DuckDbDriver(checked, checked.connection))
}

function isConnection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { runAndReadAll, interrupt } = value as Record<string, unknown>
  return typeof runAndReadAll === 'function' && typeof interrupt === 'function'
}
