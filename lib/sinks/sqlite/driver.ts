import { setTimeout as wait } from 'node:timers/promises'
import { QueryError } from '../../errors.ts'
import type { Block } from '../../kernel/block.ts'
import type { TableColumn } from '../../tables/columns.ts'
import type { TableOptions, TableSlice } from '../../tables/options.ts'
import type { LoadSteps } from '../load-steps.ts'
import type { TableCounts, TableDriver } from '../table-sink.ts'
import { checkKeys, checkSlice, checkTarget } from './checks.ts'
import type { SqliteDatabase } from './connection.ts'
import { merge } from './merge.ts'
import { Stage } from './stage.ts'
import { remove, statementsOf } from './statements.ts'
import { makeTarget, type Target, targetOf } from './target.ts'
import { Transaction } from './transaction.ts'

/**
 * Rows into a table of SQLite, which has one writer: they are staged, and go into the table in one transaction at the
 * end, which nothing else of this process gets in between.
 */
export class SqliteDriver implements TableDriver {
  readonly dialect = 'sqlite'
  readonly #options: TableOptions
  readonly #steps: LoadSteps | undefined
  readonly #transaction: Transaction
  #columns: readonly TableColumn[] = []
  #target!: Target
  #stage: Stage | undefined

  constructor(options: TableOptions, database: SqliteDatabase, steps?: LoadSteps) {
    this.#options = options
    this.#steps = steps
    this.#transaction = new Transaction(database)
  }

  async open(columns: readonly TableColumn[]): Promise<void> {
    this.#columns = columns
    if (this.#steps) await this.#steps.ready(columns)
    const transaction = this.#transaction
    await transaction.patiently(() => {
      transaction.begin('DEFERRED')
      this.#target = targetOf(transaction.connection, columns, this.#options)
      transaction.commitAtOnce()
      this.#stage = new Stage(transaction.connection, this.#target)
    })
  }

  writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): Promise<void> {
    return this.#stage!.writeRows(rows, rowNumber)
  }

  writeBlock(block: Block, rowNumber: number): Promise<void> {
    return this.#stage!.writeBlock(block, rowNumber)
  }

  size(): Promise<number> {
    const { connection } = this.#transaction
    return this.#transaction.patiently(() => {
      const { isMissing, sql } = this.#target
      if (isMissing) return 0
      return Number(connection.all(`SELECT count(*) AS size FROM ${sql}`)[0]!['size'])
    })
  }

  async settle(rowCount: number, slice: TableSlice | undefined): Promise<TableCounts> {
    const stage = this.#stage!
    const { mode = 'append' } = this.#options
    const transaction = this.#transaction
    const { connection } = transaction
    await stage.end()
    await transaction.patiently(() => {
      // It tells of a transaction of others, and waits for one of ours.
      transaction.begin('DEFERRED')
      transaction.commitAtOnce()
      stage.fill()
    })
    await stage.remove()
    // Others in this process have a turn: both what was and what comes takes long.
    await wait(0)
    if (mode !== 'append') {
      stage.index()
      checkKeys(connection, stage, this.#target.columns)
    }
    if (slice) checkSlice(connection, stage, this.#target.columns, slice)
    const counts = await transaction.patiently(() => {
      transaction.begin('IMMEDIATE')
      const target = this.#targetNow()
      makeTarget(connection, target, mode !== 'append')
      if (mode !== 'append') checkTarget(connection, target)
      const replaced = this.#steps?.replaced()
      if (replaced) remove(connection, target, replaced)
      const merged = merge(connection, { target, stage, rowCount, mode, slice })
      stage.drop()
      return merged
    })
    await this.#steps?.done(statementsOf(transaction))
    return counts
  }

  commit(): Promise<void> {
    return this.#transaction.commit()
  }

  async rollBack(): Promise<void> {
    this.#transaction.end()
    try {
      this.#stage?.drop()
    } finally {
      await this.#stage?.remove()
    }
  }

  /** While the rows came others may have made the table, or changed it. */
  #targetNow(): Target {
    const target = targetOf(this.#transaction.connection, this.#columns, this.#options)
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
