import { QueryError } from '../../errors.ts'
import type { Block } from '../../kernel/block.ts'
import type { TableColumn } from '../../tables/columns.ts'
import type { TableOptions, TableSlice } from '../../tables/options.ts'
import type { TableCounts, TableDriver } from '../table-sink.ts'
import { checkKeys, checkSlice, checkTarget } from './checks.ts'
import { Connection, type SqliteDatabase } from './connection.ts'
import { merge } from './merge.ts'
import { patiently } from './patience.ts'
import { Stage } from './stage.ts'
import { makeTarget, type Target, targetOf } from './target.ts'

/** Which connections are in a transaction of ours. */
const inside = new WeakSet<SqliteDatabase>()

/**
 * Rows into a table of SQLite, which has one writer: they are staged, and go into the table in one transaction at the
 * end, which nothing else of this process gets in between.
 */
export class SqliteDriver implements TableDriver {
  readonly dialect = 'sqlite'
  readonly #options: TableOptions
  readonly #database: SqliteDatabase
  readonly #connection: Connection
  #columns: readonly TableColumn[] = []
  #target!: Target
  #stage: Stage | undefined
  #isInside = false
  #isOver = false

  constructor(options: TableOptions, database: SqliteDatabase) {
    this.#options = options
    this.#database = database
    this.#connection = new Connection(database)
  }

  async open(columns: readonly TableColumn[]): Promise<void> {
    this.#columns = columns
    await this.#patiently(() => {
      this.#begin('DEFERRED')
      this.#target = targetOf(this.#connection, columns, this.#options)
      this.#stage = new Stage(this.#connection, this.#target)
      this.#connection.exec('COMMIT')
      this.#leave()
    })
  }

  writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): void {
    this.#stage!.writeRows(rows, rowNumber)
  }

  writeBlock(block: Block, rowNumber: number): void {
    this.#stage!.writeBlock(block, rowNumber)
  }

  size(): Promise<number> {
    return this.#patiently(() => {
      const { isMissing, sql } = this.#target
      if (isMissing) return 0
      return Number(this.#connection.all(`SELECT count(*) AS size FROM ${sql}`)[0]!['size'])
    })
  }

  async settle(rowCount: number, slice: TableSlice | undefined): Promise<TableCounts> {
    const stage = this.#stage!
    const { mode = 'append' } = this.#options
    const staged = stage.end()
    if (staged !== rowCount) {
      throw new QueryError(
        `toSqlite: ${staged} of ${rowCount} rows are left: a transaction on this connection was rolled back ` +
          'while they came; give the sink a connection of its own',
      )
    }
    if (mode !== 'append') {
      stage.index()
      checkKeys(this.#connection, stage, this.#target.columns)
    }
    if (slice) checkSlice(this.#connection, stage, this.#target.columns, slice)
    return this.#patiently(() => {
      this.#begin('IMMEDIATE')
      const target = this.#targetNow()
      makeTarget(this.#connection, target, mode !== 'append')
      if (mode !== 'append') checkTarget(this.#connection, target)
      const counts = merge(this.#connection, { target, stage, rowCount, mode, slice })
      stage.drop()
      return counts
    })
  }

  async commit(): Promise<void> {
    await patiently(
      this.#connection,
      () => false,
      () => this.#connection.exec('COMMIT'),
    )
    this.#leave()
    this.#stage!.release()
  }

  async rollBack(): Promise<void> {
    this.#isOver = true
    this.#undo()
    this.#stage?.drop()
    this.#stage?.release()
  }

  async #patiently<T>(work: () => T): Promise<T> {
    return patiently(
      this.#connection,
      () => this.#isOver,
      () => {
        try {
          return work()
        } catch (error) {
          this.#undo()
          throw error
        }
      },
    )
  }

  #begin(kind: 'DEFERRED' | 'IMMEDIATE'): void {
    // Another sink is waited for as another connection is.
    if (inside.has(this.#database)) throw new Error('database is locked by another load on this connection')
    try {
      this.#connection.exec(`BEGIN ${kind}`)
    } catch (error) {
      if (!/within a transaction/.test((error as Error).message)) throw error
      throw new QueryError(
        'toSqlite: the connection is in a transaction of others; end it first, or give the sink one of its own',
        { cause: error },
      )
    }
    this.#isInside = true
    inside.add(this.#database)
  }

  #leave(): void {
    this.#isInside = false
    inside.delete(this.#database)
  }

  #undo(): void {
    if (!this.#isInside) return
    this.#leave()
    try {
      this.#connection.exec('ROLLBACK')
    } catch {
      // Where its disk was full, say, SQLite has rolled back by itself.
    }
  }

  /** While the rows came others may have made the table, or changed it. */
  #targetNow(): Target {
    const target = targetOf(this.#connection, this.#columns, this.#options)
    const changed = target.columns.find(({ fits, stageType }, at) => {
      const before = this.#target.columns[at]!
      return fits !== before.fits || stageType !== before.stageType
    })
    if (!changed) return target
    throw new QueryError(
      `toSqlite: the column ${changed.sql} of ${this.#options.table} is another since the rows began to come`,
    )
  }
}
