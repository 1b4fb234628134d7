import { z } from 'zod'
import { type Shape, validate } from '../../checks/validate.ts'
import { PostgresDriver } from '../../sinks/postgres/driver.ts'
import { inTransaction } from '../../sinks/postgres/statements.ts'
import { type PostgresClient, type PostgresPool, postgresClient } from '../../sinks/postgres.ts'
import { TableSink } from '../../sinks/table-sink.ts'
import { quoted, tableNames } from '../../tables/names.ts'
import type { PieceStore } from '../store.ts'
import type { TableDatabase } from './table-database.ts'
import { TableStore } from './table-store.ts'

const who = 'postgresTable'

export interface PostgresTableOptions {
  /**
   * A Pool of `pg`, of which a connection is taken for each piece that is written, and one more now and then; or a Client
   * that is connected and is the run's alone, on which pieces are written one by one.
   */
  client: PostgresClient | PostgresPool
  /** Its name, behind that of its schema if need be, as `toPostgres` has it. */
  table: string
  /** Whether a table with rows of others, or of another question, may go with all it has. Default false. */
  replace?: boolean | undefined
}

const schema = z.strictObject({
  client: postgresClient,
  table: z.string(),
  replace: z.boolean().optional(),
} satisfies Shape<PostgresTableOptions>)

/**
 * A table of PostgreSQL for a pull: `pull.run({ into: postgresTable({ client: pool, table: 'public.anc' }) })`. It is made
 * with the first piece, its types by `valueType`, unless there is one without rows. Beside it, in its schema, the tables
 * `dhis2_datasets` and `dhis2_pieces` tell which datasets there are, and what became of their pieces.
 *
 * The rows of a piece, and that it is done, are one transaction; so a run goes on wherever the one before has ended,
 * however that was. At the end of a run there is an index by which pieces are found again.
 *
 * A run fails with a DatasetError where the table has rows of others, or another question, unless `replace`; where its
 * rows are gone; where another run has it; or where that has taken over. A connection that breaks ends the run with pg's
 * own error; one that breaks before COMMIT was answered, with an UnknownOutcomeError or, where nothing was kept, a
 * ConnectionError. It can be run again after each of them.
 *
 * @throws QueryError for options that can not be right.
 */
export function postgresTable(options: PostgresTableOptions): PieceStore {
  const { client, table, replace = false } = validate(schema, options, who)
  return new TableStore(postgresDatabase(client, tableNames(who, table, 'postgres')), replace)
}

export interface PostgresDatabase extends TableDatabase {
  readonly client: PostgresClient | PostgresPool
}

export function postgresDatabase(
  client: PostgresClient | PostgresPool,
  names: readonly string[],
): PostgresDatabase {
  const isPool = 'totalCount' in client
  return {
    who,
    client,
    dialect: 'postgres',
    names,
    isSerial: !isPool,
    reconnects: isPool,
    transaction: (work) => inTransaction(client, names.map(quoted).join('.'), work),
    async hasTable(statements, sql) {
      // Alone, to_regclass() may remember that there was none: locking a catalog has the session hear what others made.
      const found = await statements.all('SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass(?)', [sql])
      return found.length === 1
    },
    async lock(statements) {
      const key = `dhis2-analytics-stream ${names.slice(0, -1)}`
      await statements.all('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [key])
    },
    sink: (options, steps) => new TableSink(who, options, new PostgresDriver(options, client, steps)),
  }
}
