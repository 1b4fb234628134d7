import type { DuckDbConnection } from '../../duckdb.ts'
import type { TableOptions } from '../../index.ts'
import type { PostgresPool, TableRowSink } from '../../postgres.ts'
import type { SqliteDatabase } from '../../sqlite.ts'
import { Failure } from '../ending/failure.ts'
import type { OutputOptions } from '../options/output.ts'
import { driverOf } from './drivers.ts'
import type { Target } from './target.ts'

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
export async function openTable(
  { dialect, location, table }: Extract<Target, { kind: 'table' }>,
  { mode, key }: OutputOptions,
): Promise<OpenTable> {
  const options: TableOptions = { table, mode, key, create: true }
  switch (dialect) {
    case 'postgres':
      return inPostgres(location, options)
    case 'duckdb':
      return inDuckDb(location, options)
    case 'sqlite':
      return inSqlite(location, options)
    default:
      return dialect satisfies never
  }
}

interface Pool extends PostgresPool {
  connect(): Promise<{ release(): void } & Awaited<ReturnType<PostgresPool['connect']>>>
  on(name: 'error', listener: () => void): void
  end(): Promise<void>
}

async function inPostgres(connectionString: string, options: TableOptions): Promise<OpenTable> {
  const pg = await driverOf<{ Pool: new (options: object) => Pool }>('PostgreSQL', ['pg'])
  const pool = new pg.Pool({ connectionString, application_name: 'dhis2-analytics' })
  // A connection that breaks while it is idle is met again by whoever needs it.
  pool.on('error', () => undefined)
  try {
    ;(await pool.connect()).release()
  } catch (cause) {
    await pool.end()
    throw unreachable(new URL(connectionString).host, cause)
  }
  const { toPostgres } = await import('../../postgres.ts')
  return { sink: toPostgres({ ...options, client: pool }), close: () => pool.end() }
}

async function inDuckDb(path: string, options: TableOptions): Promise<OpenTable> {
  type Instance = { connect(): Promise<DuckDbConnection & { disconnectSync(): void }>; closeSync(): void }
  const { DuckDBInstance } = await driverOf<{ DuckDBInstance: { create(path: string): Promise<Instance> } }>(
    'DuckDB',
    ['@duckdb/node-api'],
  )
  const instance = await DuckDBInstance.create(path).catch((cause) => {
    throw unreachable(path, cause)
  })
  const connection = await instance.connect()
  const { toDuckDb } = await import('../../duckdb.ts')
  return {
    sink: toDuckDb({ ...options, connection }),
    close() {
      connection.disconnectSync()
      instance.closeSync()
    },
  }
}

async function inSqlite(path: string, options: TableOptions): Promise<OpenTable> {
  type Opens = new (path: string) => SqliteDatabase & { close(): void }
  const driver = await driverOf<{ DatabaseSync?: Opens; Database?: Opens; default?: Opens }>('SQLite', [
    'node:sqlite',
    'node-sqlite3-wasm',
    'better-sqlite3',
  ])
  const { toSqlite } = await import('../../sqlite.ts')
  try {
    const Database = driver.DatabaseSync ?? driver.Database ?? driver.default!
    const database = new Database(path)
    return { sink: toSqlite({ ...options, database }), close: () => database.close() }
  } catch (cause) {
    throw unreachable(path, cause)
  }
}

/** Of a database, what its driver says, which of some is in several lines. */
function unreachable(where: string, cause: unknown): Failure {
  const { message, code } = cause as NodeJS.ErrnoException
  return new Failure(
    'disk',
    `${where} can't be opened: ${message || code}`,
    'Check that it is there, that nobody else holds it, and that you may write to it.',
    cause,
  )
}
