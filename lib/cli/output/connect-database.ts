import type { DuckDbConnection } from '../../duckdb.ts'
import type { PostgresPool } from '../../postgres.ts'
import type { SqliteDatabase } from '../../sqlite.ts'
import { Failure } from '../ending/failure.ts'
import { driverOf } from './drivers.ts'
import type { TableTarget } from './table-target.ts'

/** A database that is open. */
export type Database = { close(): Promise<void> | void } & (
  | { readonly dialect: 'postgres'; readonly client: PostgresPool }
  | { readonly dialect: 'duckdb'; readonly connection: DuckDbConnection }
  | { readonly dialect: 'sqlite'; readonly database: SqliteDatabase }
)

/** @throws Failure where there is no driver or no database, or another process has it. */
export async function connectDatabase({
  dialect,
  location,
}: Pick<TableTarget, 'dialect' | 'location'>): Promise<Database> {
  switch (dialect) {
    case 'postgres':
      return toPostgres(location)
    case 'duckdb':
      return toDuckDb(location)
    case 'sqlite':
      return toSqlite(location)
    default:
      return dialect satisfies never
  }
}

interface Pool extends PostgresPool {
  connect(): Promise<{ release(): void } & Awaited<ReturnType<PostgresPool['connect']>>>
  on(name: 'error', listener: () => void): void
  end(): Promise<void>
}

async function toPostgres(connectionString: string): Promise<Database> {
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
  return { dialect: 'postgres', client: pool, close: () => pool.end() }
}

async function toDuckDb(path: string): Promise<Database> {
  type Instance = { connect(): Promise<DuckDbConnection & { disconnectSync(): void }>; closeSync(): void }
  const { DuckDBInstance } = await driverOf<{ DuckDBInstance: { create(path: string): Promise<Instance> } }>(
    'DuckDB',
    ['@duckdb/node-api'],
  )
  const instance = await DuckDBInstance.create(path).catch((cause) => {
    throw unreachable(path, cause)
  })
  const connection = await instance.connect()
  return {
    dialect: 'duckdb',
    connection,
    close() {
      connection.disconnectSync()
      instance.closeSync()
    },
  }
}

async function toSqlite(path: string): Promise<Database> {
  type Opens = new (path: string) => SqliteDatabase & { close(): void }
  const driver = await driverOf<{ DatabaseSync?: Opens; Database?: Opens; default?: Opens }>('SQLite', [
    'node:sqlite',
    'node-sqlite3-wasm',
    'better-sqlite3',
  ])
  try {
    const Database = driver.DatabaseSync ?? driver.Database ?? driver.default!
    const database = new Database(path)
    return { dialect: 'sqlite', database, close: () => database.close() }
  } catch (cause) {
    throw unreachable(path, cause)
  }
}

/** Of a database, what its driver says, which of some is in several lines. */
function unreachable(where: string, cause: unknown): Failure {
  const { message, code } = cause as NodeJS.ErrnoException
  // DuckDB gives a file to one process at a time.
  const isHeld = /could not set lock/i.test(message)
  return new Failure(
    isHeld ? 'busy' : 'disk',
    `${where} can't be opened: ${message || code}`,
    isHeld
      ? 'Wait until the other program is done with it.'
      : 'Check that it is there, that nobody else holds it, and that you may write to it.',
    cause,
  )
}

/** What a database says is no error of the package's, and no mistake of the program's. */
export function ofDatabase(error: unknown, dialect: string, remedy: string): unknown {
  const { name, code, message } = error as NodeJS.ErrnoException
  if (name === 'AbortError' || error instanceof Failure || code?.startsWith('ERR_')) return error
  return new Failure('disk', `${dialect}: ${message}`, remedy, error)
}
