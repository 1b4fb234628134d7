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
  const { list } = load.stage
  connection.exec(`CREATE TABLE ${list} ("row" INTEGER PRIMARY KEY, "isNew" INTEGER)`)
  connection.run(listSql(load))
  const hasValues = target.columns.some(({ isKey }) => !isKey)
  const updated = hasValues ? change(connection, rowCount, (where) => updateSql(load, where)) : 0
  const inserted = change(connection, rowCount, (where) => insertNewSql(load, where))
  connection.exec(`DROP TABLE ${list}`)
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
  // Rows that need no other form SQLite copies as they lie there, but only where it is said like this.
  if (mode === 'append' && target.isAll && !where) {
    return `INSERT INTO ${target.sql} SELECT * FROM ${stage.sql}`
  }
  const order = mode === 'append' ? '' : ` ORDER BY ${keysOf(target).map((key) => `s.${key}`)}`
  return `INSERT INTO ${target.sql} (${namesSql(target)}) SELECT ${namesSql(target, 's')}
    FROM ${stage.sql} AS s WHERE ${where ?? 'true'}${order}`
}

/** Which rows of the stage are new, or differ from those of the table: the others are looked at once and no more. */
function listSql({ target, stage }: Load): string {
  const [key] = keysOf(target)
  const differs = target.columns.flatMap(({ isKey, sql }) => (isKey ? [] : [`s.${sql} IS NOT t.${sql}`]))
  return `INSERT INTO ${stage.list} SELECT s.rowid, t.${key} IS NULL
    FROM ${stage.sql} AS s NOT INDEXED LEFT JOIN ${target.sql} AS t ON ${sameKeySql(target)}
    WHERE ${[`t.${key} IS NULL`, ...differs].join(' OR ')}`
}

function insertNewSql({ target, stage }: Load, where: string | undefined): string {
  return `INSERT INTO ${target.sql} (${namesSql(target)}) SELECT ${namesSql(target, 's')}
    FROM ${stage.list} AS l CROSS JOIN ${stage.sql} AS s ON s.rowid = l."row"
    WHERE l."isNew" AND ${where ?? 'true'}`
}

function updateSql({ target, stage }: Load, where: string | undefined): string {
  const values = target.columns.filter(({ isKey }) => !isKey)
  // Not MATERIALIZED, SQLite may look for each row of the list in all of the table.
  return `WITH s AS MATERIALIZED (
      SELECT s.* FROM ${stage.list} AS l CROSS JOIN ${stage.sql} AS s ON s.rowid = l."row"
      WHERE NOT l."isNew" AND ${where ?? 'true'})
    UPDATE ${target.sql} AS t SET ${values.map(({ sql }) => `${sql} = s.${sql}`)} FROM s WHERE ${sameKeySql(target)}`
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

function namesSql({ columns }: Target, alias?: string): string {
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
