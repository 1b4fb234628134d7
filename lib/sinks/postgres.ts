import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'
import { checkedOptions, type TableOptions, tableOptionsShape } from '../tables/options.ts'
import { PostgresDriver } from './postgres/driver.ts'
import type { PostgresClient, PostgresPool } from './postgres/session.ts'
import { type TableRowSink, TableSink } from './table-sink.ts'

export type { TableMode, TableOptions, TableSlice } from '../tables/options.ts'
export type { PostgresClient, PostgresPool } from './postgres/session.ts'
export type { TableCounts, TableRowSink } from './table-sink.ts'

export interface ToPostgresOptions extends TableOptions {
  /**
   * A Client of `pg` that is connected, one from its Pool, or a Pool. Of a Pool one connection is taken and given back;
   * a client is the sink's alone until that is closed, and outside of a transaction before and after.
   */
  client: PostgresClient | PostgresPool
}

/** The schema of what rows are written to. */
export const postgresClient = z.custom<PostgresClient | PostgresPool>(isClient, {
  error: 'must be a Client or a Pool of pg; of postgres.js and others, batchRows() and eachBatch() make use',
})

const schema = z.strictObject({
  ...tableOptionsShape,
  client: postgresClient,
} satisfies Shape<ToPostgresOptions>)

/**
 * Rows or objects in, a table of PostgreSQL that has taken them all, or none: they go in with COPY, in one transaction.
 *
 * ```ts
 * const sink = toPostgres({ client: pool, table: 'public.anc', mode: 'replace-slice', create: true })
 * await pipeline(client.analytics.rows(query), sink)
 * console.log(sink.rowCount, sink.counts) // 600000 { inserted: 12, updated: 340, deleted: 3, unchanged: 599645 }
 * ```
 *
 * `finish` means committed. Whatever fails before that, or is aborted, leaves the table as it was. But for `append` the
 * table is locked for a moment at the end, and readers are never locked out.
 *
 * It fails with a RowError where a value does not fit, a key comes twice, or a row is outside of the slice that is
 * replaced; with a QueryError where the table can not take the rows; with an UnknownOutcomeError where the connection
 * broke before COMMIT was answered; and else with the error of the server.
 *
 * @throws QueryError for options that can not be right.
 */
export function toPostgres(options: ToPostgresOptions): TableRowSink {
  const checked = checkedOptions('toPostgres', schema, options)
  return new TableSink('toPostgres', checked, new PostgresDriver(checked, checked.client))
}

/** A client that is not of pg's own making, but of libpq's, has no connection to write to. */
function isClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { query, connect, totalCount, connection } = value as Record<string, unknown>
  if (typeof query !== 'function') return false
  return typeof totalCount === 'number' ? typeof connect === 'function' : typeof connection === 'object'
}
