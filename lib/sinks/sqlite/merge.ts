import { RowError } from '../../errors.ts'
import type { TableMode, TableSlice } from '../../tables/options.ts'
import type { TableCounts } from '../table-sink.ts'
import { isCoveredSql } from './checks.ts'
import type { Connection } from './connection.ts'
import type { Stage } from './stage.ts'
import type { Target } from './target.ts'

/** What is done to a table with the rows of a stage. */
interface Load {
  readonly target: Target
  readonly stage: Stage
  readonly rowCount: number
  readonly mode: TableMode
  readonly slice: TableSlice | undefined
}

/** Which rows of the stage a statement is about, where it is not about all. */
const someSql = '+s.rowid BETWEEN ? AND ?'

/**
 * Does what the mode says, in the transaction that the connection is in. Rows that are there already, cell by cell, are
 * not written.
 *
 * @throws RowError for the row that the table refuses.
 */
export function merge(connection: Connection, load: Load): TableCounts {
  const { target, mode, rowCount } = load
  const [any] = connection.all(`SELECT 1 FROM ${target.sql} LIMIT 1`)
  if (mode === 'append' || !any) {
    const inserted = change(connection, rowCount, (where) => insertAllSql(load, where))
    return { inserted, updated: 0, deleted: 0, unchanged: 0 }
  }
  const deleted = mode === 'upsert' ? 0 : deleteOthers(connection, load)
  const hasValues = target.columns.some(({ isKey }) => !isKey)
  const updated = hasValues ? change(connection, rowCount, (where) => updateSql(load, where)) : 0
  const inserted = change(connection, rowCount, (where) => insertNewSql(load, where))
  return { inserted, updated, deleted, unchanged: rowCount - inserted - updated }
}

function deleteOthers(connection: Connection, { target, stage, slice }: Load): number {
  const covered = target.columns.filter(({ name }) => slice && Object.hasOwn(slice, name))
  const conditions = covered.map(({ sql }) => isCoveredSql('t', sql))
  conditions.push(`NOT EXISTS (SELECT 1 FROM ${stage.sql} AS s WHERE ${sameKeySql(target)})`)
  return connection.run(
    `DELETE FROM ${target.sql} AS t WHERE ${conditions.join(' AND ')}`,
    covered.map(({ name }) => JSON.stringify(slice![name])),
  )
}

/** In the order of the key rows go into its tree one beside the other. */
function insertAllSql({ target, stage, mode }: Load, where: string | undefined): string {
  const list = listSql(target, 's')
  const order = mode === 'append' ? '' : ` ORDER BY ${keysOf(target).map((key) => `s.${key}`)}`
  return `INSERT INTO ${target.sql} (${listSql(target)}) SELECT ${list} FROM ${stage.sql} AS s WHERE ${where ?? 'true'}${order}`
}

function insertNewSql({ target, stage }: Load, where: string | undefined): string {
  const [key] = keysOf(target)
  return `INSERT INTO ${target.sql} (${listSql(target)}) SELECT ${listSql(target, 's')}
    FROM ${stage.sql} AS s LEFT JOIN ${target.sql} AS t ON ${sameKeySql(target)}
    WHERE t.${key} IS NULL AND ${where ?? 'true'}`
}

function updateSql({ target, stage }: Load, where: string | undefined): string {
  const values = target.columns.filter(({ isKey }) => !isKey)
  const differs = values.map(({ sql }) => `s.${sql} IS NOT t.${sql}`)
  // Else it may go through all of the table, and look for each of its rows in the stage.
  const from = target.isUnique ? `${stage.sql} AS s NOT INDEXED` : `${stage.sql} AS s`
  return `UPDATE ${target.sql} AS t SET ${values.map(({ sql }) => `${sql} = s.${sql}`)} FROM ${from}
    WHERE ${sameKeySql(target)} AND (${differs.join(' OR ')}) AND ${where ?? 'true'}`
}

/** With the stage's column in front, which compares by bytes whatever the table's own does. */
function sameKeySql(target: Target): string {
  return keysOf(target)
    .map((key) => `s.${key} = t.${key}`)
    .join(' AND ')
}

function keysOf({ columns }: Target): string[] {
  return columns.flatMap(({ isKey, sql }) => (isKey ? [sql] : []))
}

function listSql({ columns }: Target, alias?: string): string {
  return columns.map(({ sql }) => (alias ? `${alias}.${sql}` : sql)).join(', ')
}

/** Runs a statement, and where the table refuses a row, finds out which. */
function change(
  connection: Connection,
  rowCount: number,
  sqlOf: (where: string | undefined) => string,
): number {
  try {
    return connection.run(sqlOf(undefined))
  } catch (error) {
    const { message } = error as Error
    if (!/constraint failed/.test(message)) throw error
    const some = sqlOf(someSql)
    const refused = firstRefused((first, last) => connection.run(some, [first, last]), 1, rowCount)
    throw new RowError(message, { rowNumber: refused, cause: error })
  }
}

/** One half of the rows after the other: what was refused has changed nothing. */
function firstRefused(run: (first: number, last: number) => unknown, first: number, last: number): number {
  if (first === last) return first
  const middle = Math.floor((first + last) / 2)
  try {
    run(first, middle)
  } catch {
    return firstRefused(run, first, middle)
  }
  return firstRefused(run, middle + 1, last)
}
