import { z } from 'zod'
import { type Shape, validate } from '../../checks/validate.ts'
import { SqliteDriver } from '../../sinks/sqlite/driver.ts'
import { inTransaction } from '../../sinks/sqlite/statements.ts'
import { type SqliteDatabase, sqliteDatabase } from '../../sinks/sqlite.ts'
import { TableSink } from '../../sinks/table-sink.ts'
import { quoted, tableNames } from '../../tables/names.ts'
import type { PieceStore } from '../store.ts'
import { TableStore } from './table-store.ts'

export interface SqliteTableOptions {
  /**
   * A DatabaseSync of `node:sqlite`, a Database of `better-sqlite3` or of `node-sqlite3-wasm`: open, outside of a
   * transaction, and the run's alone while it goes on.
   */
  database: SqliteDatabase
  /** Its name, as `toSqlite` has it. */
  table: string
  /** Whether a table with rows of others, or of another question, may go with all it has. Default false. */
  replace?: boolean | undefined
}

const schema = z.strictObject({
  database: sqliteDatabase,
  table: z.string(),
  replace: z.boolean().optional(),
} satisfies Shape<SqliteTableOptions>)

/**
 * A table of SQLite for a pull: `pull.run({ into: sqliteTable({ database, table: 'anc' }) })`, with all that
 * `postgresTable` promises. Pieces are written one by one.
 *
 * @throws QueryError for options that can not be right.
 */
export function sqliteTable(options: SqliteTableOptions): PieceStore {
  const who = 'sqliteTable'
  const { database, table, replace = false } = validate(schema, options, who)
  return new TableStore(
    {
      who,
      dialect: 'sqlite',
      names: tableNames(who, table, 'sqlite'),
      isSerial: true,
      reconnects: false,
      transaction: (work) => inTransaction(database, work),
      async hasTable(statements, sql) {
        const names = tableNames(who, sql, 'sqlite')
        const list = [...names.slice(0, -1).map(quoted), 'table_list'].join('.')
        const found = await statements.all(`PRAGMA ${list}(${quoted(names.at(-1)!)})`)
        return found.length > 0
      },
      sink: (sinkOptions, steps) =>
        new TableSink(who, sinkOptions, new SqliteDriver(sinkOptions, database, steps)),
    },
    replace,
  )
}
