import type { Replaced, SqlValue, Statements } from '../load-steps.ts'
import { placeValues } from '../place-values.ts'
import { type DuckDbConnection, Session } from './session.ts'
import { literal, sliceSql } from './staged-rows.ts'
import type { Target } from './target.ts'

/** Statements of others in a transaction. */
export function statementsOf(session: Session): Statements {
  return {
    all: (sql, values) => session.query(filled(sql, values)),
    run: (sql, values) => session.change(filled(sql, values)),
  }
}

/** Does it in a transaction of its own, in its turn. */
export async function inTransaction<T>(
  connection: DuckDbConnection,
  work: (statements: Statements) => Promise<T>,
): Promise<T> {
  const session = new Session(connection)
  try {
    await session.begin()
    const result = await work(statementsOf(session))
    await session.commit()
    return result
  } catch (error) {
    await session.rollBack()
    throw error
  }
}

/** Deletes the rows that others take the place of. */
export async function remove(
  session: Session,
  { sql, columns }: Target,
  { slice, days }: Replaced,
): Promise<void> {
  const conditions = slice ? [sliceSql('t', columns, slice)] : []
  const column = columns.find(({ name }) => name === days?.column)
  if (days && column) {
    const [from, before] = [days.from, days.before].map(
      (day) => `CAST(${literal(day)} AS ${column.dataType})`,
    )
    conditions.push(`t.${column.sql} >= ${from} AND t.${column.sql} < ${before}`)
  }
  await session.run(`DELETE FROM ${sql} t WHERE ${conditions.join(' AND ') || 'true'}`)
}

function filled(sql: string, values: readonly SqlValue[] = []): string {
  return placeValues(sql, (at) => {
    const value = values[at]!
    return typeof value === 'string' ? literal(value) : String(value ?? 'NULL')
  })
}
