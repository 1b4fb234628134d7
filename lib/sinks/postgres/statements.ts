import type { Replaced, SqlValue, Statements } from '../load-steps.ts'
import { placeValues } from '../place-values.ts'
import { sliceSql } from './misfits.ts'
import { type PostgresClient, type PostgresPool, Session } from './session.ts'
import type { Target } from './table.ts'

/** One statement in a transaction; values are `$1`, `$2`, …, as in `pg`. */
export type QueryInside = (
  sql: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null }>

/** Statements of PostgreSQL's own besides. */
export interface PostgresStatements extends Statements {
  readonly query: QueryInside
}

/** Statements of others in a transaction. */
export function statementsOf(session: Session): PostgresStatements {
  const query = (sql: string, values?: readonly SqlValue[]) =>
    session.query(
      placeValues(sql, (at) => `$${at + 1}`),
      values,
    )
  return {
    all: async (sql, values) => (await query(sql, values)).rows,
    run: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
    query: (sql, values) => session.query(sql, values),
  }
}

/** Does it in a transaction of its own. @throws UnknownOutcomeError as a load does */
export async function inTransaction<T>(
  client: PostgresClient | PostgresPool,
  table: string,
  work: (statements: PostgresStatements) => Promise<T>,
): Promise<T> {
  const session = new Session(client)
  let result: T
  try {
    await session.begin()
    result = await work(statementsOf(session))
  } catch (error) {
    await session.rollBack()
    throw error
  }
  await session.commit(table)
  return result
}

/** Deletes the rows that others take the place of. */
export async function remove(
  session: Session,
  { sql, columns }: Target,
  { slice, days }: Replaced,
): Promise<void> {
  const values: unknown[] = []
  const conditions = slice ? [sliceSql('t', columns, slice, values)] : []
  const column = columns.find(({ name }) => name === days?.column)
  if (days && column) {
    values.push(days.from, days.before)
    const [from, before] = [`$${values.length - 1}`, `$${values.length}`]
    // Other collations of text leave out what is between the digits.
    const cell = `t.${column.sql}${column.isText ? ' COLLATE "C"' : ''}`
    conditions.push(`${cell} >= ${from}::${column.baseType} AND ${cell} < ${before}::${column.baseType}`)
  }
  await session.query(`DELETE FROM ${sql} t WHERE ${conditions.join(' AND ') || 'true'}`, values)
}
