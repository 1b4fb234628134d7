import type { Replaced, Statements } from '../load-steps.ts'
import { isCoveredSql } from './checks.ts'
import type { Connection, SqliteDatabase } from './connection.ts'
import type { Target } from './target.ts'
import { Transaction } from './transaction.ts'

/** Statements of others in a transaction. */
export function statementsOf(transaction: Transaction): Statements {
  // One that was rolled back meanwhile would have them committed each on its own.
  const connection = () => {
    if (!transaction.isInside) throw new Error('the load was given up')
    return transaction.connection
  }
  return {
    all: async (sql, values) => connection().all(sql, values),
    run: async (sql, values) => connection().run(sql, values),
  }
}

/** Does it in a transaction of its own. */
export async function inTransaction<T>(
  database: SqliteDatabase,
  work: (statements: Statements) => Promise<T>,
): Promise<T> {
  const transaction = new Transaction(database)
  try {
    await transaction.patiently(() => transaction.begin('IMMEDIATE'))
    const result = await work(statementsOf(transaction))
    await transaction.commit()
    return result
  } catch (error) {
    transaction.undo()
    throw error
  }
}

/** Deletes the rows that others take the place of. */
export function remove(
  connection: Connection,
  { sql, columns }: Target,
  { slice = {}, days }: Replaced,
): void {
  const covered = columns.filter(({ name }) => Object.hasOwn(slice, name))
  const conditions = covered.map((column) => isCoveredSql('t', column.sql))
  const values = covered.map(({ name }) => JSON.stringify(slice[name]))
  const column = columns.find(({ name }) => name === days?.column)
  if (days && column) {
    conditions.push(`t.${column.sql} >= ? AND t.${column.sql} < ?`)
    values.push(days.from, days.before)
  }
  connection.run(`DELETE FROM ${sql} AS t WHERE ${conditions.join(' AND ') || 'true'}`, values)
}
