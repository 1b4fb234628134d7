import type { PieceStore, TableOptions } from '../../index.ts'
import type { TableRowSink } from '../../postgres.ts'
import type { OutputOptions } from '../options/output.ts'
import { connectDatabase, type Database } from './connect-database.ts'
import type { TableTarget } from './table-target.ts'

/** A sink for a table, and what it is connected by. */
export interface OpenTable {
  readonly sink: TableRowSink
  close(): Promise<void> | void
}

/**
 * Connects before a long query is asked, so that what stands in the way is known at once.
 *
 * @throws Failure where there is no driver or no database.
 */
export async function openTable(target: TableTarget, { mode, key }: OutputOptions): Promise<OpenTable> {
  const database = await connectDatabase(target)
  const sink = await sinkIn(database, { table: target.table, mode, key, create: true })
  return { sink, close: () => database.close() }
}

async function sinkIn(database: Database, options: TableOptions): Promise<TableRowSink> {
  switch (database.dialect) {
    case 'postgres':
      return (await import('../../postgres.ts')).toPostgres({ ...options, client: database.client })
    case 'duckdb':
      return (await import('../../duckdb.ts')).toDuckDb({ ...options, connection: database.connection })
    case 'sqlite':
      return (await import('../../sqlite.ts')).toSqlite({ ...options, database: database.database })
    default:
      return database satisfies never
  }
}

/** The same table for the pieces of a dataset. */
export async function storeIn(database: Database, table: string): Promise<PieceStore> {
  switch (database.dialect) {
    case 'postgres':
      return (await import('../../postgres.ts')).postgresTable({ table, client: database.client })
    case 'duckdb':
      return (await import('../../duckdb.ts')).duckDbTable({ table, connection: database.connection })
    case 'sqlite':
      return (await import('../../sqlite.ts')).sqliteTable({ table, database: database.database })
    default:
      return database satisfies never
  }
}
