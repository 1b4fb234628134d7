import type { SqliteDatabase } from 'dhis2-analytics-stream/sqlite'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/** What there is on this Node: SQLite of its own, or what is compiled to WebAssembly. */
export const sqliteDriver = major > 22 || (major === 22 && minor >= 13) ? 'node:sqlite' : 'node-sqlite3-wasm'

type Database = SqliteDatabase & { close(): void }

export async function openSqlite(path: string): Promise<Database> {
  const name: string = sqliteDriver
  const { DatabaseSync, default: exported } = await import(name)
  return new (DatabaseSync ?? exported.Database)(path)
}
