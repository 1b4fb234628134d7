import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { SqliteDatabase } from 'dhis2-analytics-stream/sqlite'

/** A connection that the specs look at, too. */
export interface OpenDatabase extends SqliteDatabase {
  close(): void
  /** Of better-sqlite3. */
  defaultSafeIntegers?(isOn: boolean): OpenDatabase
}

export interface SqliteDriver {
  readonly name: string
  /** Why it does not run here, if so. */
  readonly skip: string | false
  open(path: string): OpenDatabase
  /** The same, but that rows and numbers come out of it in another form. */
  openOtherwise?(path: string): OpenDatabase
  /** The end of the name of a lock beside the database that stays where a process is killed, and says that it is locked. */
  readonly lock?: string
}

const require = createRequire(import.meta.url)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const hasSqlite = major > 22 || (major === 22 && minor >= 13)

/** A constructor out of a module, when it is needed. */
function opened(module: string, name: string, options?: object) {
  return (path: string): OpenDatabase => {
    const exported = require(module)
    const Database = name === '' ? exported : exported[name]
    return new Database(path, options)
  }
}

/** The drivers that `toSqlite` takes. */
export const drivers: readonly SqliteDriver[] = [
  {
    name: 'node-sqlite3-wasm',
    skip: false,
    open: opened('node-sqlite3-wasm', 'Database'),
    lock: '.lock',
  },
  {
    name: 'node:sqlite',
    skip: !hasSqlite && `node:sqlite comes with Node 22.13, and this is ${process.version}`,
    open: opened('node:sqlite', 'DatabaseSync', {}),
    openOtherwise: opened('node:sqlite', 'DatabaseSync', { returnArrays: true, readBigInts: true }),
  },
  {
    name: 'better-sqlite3',
    skip: major < 22 && `better-sqlite3 13 needs Node 22, and this is ${process.version}`,
    open: opened('better-sqlite3', ''),
    openOtherwise: (path) => opened('better-sqlite3', '')(path).defaultSafeIntegers!(true),
  },
]

/** A file for a database, in a directory that goes with the test. */
export async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'facts.db')
}

/** The rows of a question. */
export function ask(database: SqliteDatabase, sql: string): Record<string, unknown>[] {
  const statement = database.prepare(sql) as unknown as {
    all(): Record<string, unknown>[]
    finalize?(): void
  }
  const rows = statement.all().map((row) => ({ ...row }))
  statement.finalize?.()
  return rows
}
