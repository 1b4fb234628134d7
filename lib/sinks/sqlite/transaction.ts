import { QueryError } from '../../errors.ts'
import { Connection, type SqliteDatabase } from './connection.ts'
import { patiently } from './patience.ts'

/** Which connections are in a transaction of ours. */
const inside = new WeakSet<SqliteDatabase>()

/** One transaction after the other on a connection, which nothing else of this process gets in between. */
export class Transaction {
  readonly connection: Connection
  readonly #database: SqliteDatabase
  isInside = false
  #isOver = false

  constructor(database: SqliteDatabase) {
    this.#database = database
    this.connection = new Connection(database)
  }

  /** Does it as soon as no other connection is in the way; what fails is undone. */
  patiently<T>(work: () => T): Promise<T> {
    return patiently(
      this.connection,
      () => this.#isOver,
      () => {
        try {
          return work()
        } catch (error) {
          this.undo()
          throw error
        }
      },
    )
  }

  begin(kind: 'DEFERRED' | 'IMMEDIATE'): void {
    // Another sink is waited for as another connection is.
    if (inside.has(this.#database)) throw new Error('database is locked by another load on this connection')
    try {
      this.connection.exec(`BEGIN ${kind}`)
    } catch (error) {
      if (!/within a transaction/.test((error as Error).message)) throw error
      throw new QueryError(
        'toSqlite: the connection is in a transaction of others; end it first, or give the sink one of its own',
        { cause: error },
      )
    }
    this.isInside = true
    inside.add(this.#database)
  }

  commit(): Promise<void> {
    return patiently(
      this.connection,
      () => false,
      () => this.commitAtOnce(),
    )
  }

  commitAtOnce(): void {
    this.connection.exec('COMMIT')
    this.#leave()
  }

  /** Nothing is begun any more. */
  end(): void {
    this.#isOver = true
    this.undo()
  }

  undo(): void {
    if (!this.isInside) return
    this.#leave()
    try {
      this.connection.exec('ROLLBACK')
    } catch {
      // Where its disk was full, say, SQLite has rolled back by itself.
    }
  }

  #leave(): void {
    this.isInside = false
    inside.delete(this.#database)
  }
}
