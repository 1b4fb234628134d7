import { z } from 'zod'
import { type Shape, validate } from '../../checks/validate.ts'
import { DuckDbDriver } from '../../sinks/duckdb/driver.ts'
import { inTransaction } from '../../sinks/duckdb/statements.ts'
import { type DuckDbConnection, duckDbConnection } from '../../sinks/duckdb.ts'
import { TableSink } from '../../sinks/table-sink.ts'
import { tableNames } from '../../tables/names.ts'
import type { PieceStore } from '../store.ts'
import { TableStore } from './table-store.ts'

export interface DuckDbTableOptions {
  /** A DuckDBConnection of `@duckdb/node-api`, outside of a transaction; the run's alone while it goes on. */
  connection: DuckDbConnection
  /** Its name, as `toDuckDb` has it. */
  table: string
  /** Whether a table with rows of others, or of another question, may go with all it has. Default false. */
  replace?: boolean | undefined
}

const schema = z.strictObject({
  connection: duckDbConnection,
  table: z.string(),
  replace: z.boolean().optional(),
} satisfies Shape<DuckDbTableOptions>)

/**
 * A table of DuckDB for a pull: `pull.run({ into: duckDbTable({ connection, table: 'anc' }) })`, with all that
 * `postgresTable` promises. Of several pieces that come at once each goes into a file of its own, and into the table in
 * one transaction after the other. There is no index: DuckDB passes over what a piece is not in.
 *
 * @throws QueryError for options that can not be right.
 */
export function duckDbTable(options: DuckDbTableOptions): PieceStore {
  const who = 'duckDbTable'
  const { connection, table, replace = false } = validate(schema, options, who)
  return new TableStore(
    {
      who,
      dialect: 'duckdb',
      names: tableNames(who, table, 'duckdb'),
      isSerial: false,
      reconnects: false,
      transaction: (work) => inTransaction(connection, work),
      async hasTable(statements, sql) {
        try {
          await statements.all(`SELECT * FROM (DESCRIBE ${sql})`)
          return true
        } catch (error) {
          if (/^Catalog Error: Table with name .* does not exist/.test((error as Error).message)) return false
          throw error
        }
      },
      sink: (sinkOptions, steps) =>
        new TableSink(who, sinkOptions, new DuckDbDriver(sinkOptions, connection, steps)),
    },
    replace,
  )
}
