import { randomUUID } from 'node:crypto'
import { quoted } from '../../tables/names.ts'
import type { TableMode, TableSlice } from '../../tables/options.ts'
import type { TableCounts } from '../table-sink.ts'
import { checkKeys, checkRows, sliceSql } from './misfits.ts'
import type { Session } from './session.ts'
import type { Target } from './table.ts'

/** What is made of the rows of a stage: `rowCount` of them. */
export interface Merging {
  readonly stage: string
  readonly rowCount: number
  readonly mode: Exclude<TableMode, 'append'>
  readonly slice: TableSlice | undefined
}

/** Puts the rows of a stage behind those of the table. */
export async function insertAll(session: Session, { sql, columns }: Target, stage: string): Promise<void> {
  const names = columns.map((column) => column.sql).join(', ')
  await session.query(`INSERT INTO ${sql} (${names}) SELECT ${names} FROM ${stage}`)
}

/** For the planner. A rough guess will do, and takes a tenth of the time. */
export async function analyze(session: Session, table: string): Promise<void> {
  await session.query(`SET LOCAL default_statistics_target = 10; ANALYZE ${table}`)
}

/**
 * Brings the table in line with the stage: what is different goes into a list, and only that is done. A row that is there
 * already, cell by cell, is not touched: else an unchanged load would write each of them anew. Others write nothing to
 * the table meanwhile; they read it.
 *
 * A MERGE looks at each row that has not changed too, which takes twice as long; and who wants to know before it which key
 * came twice, as long again. So that is asked of the rows that are new or have changed: two that are as the table has it
 * do no harm. So is what else can be wrong with a row, where the table has none that is.
 *
 * @throws RowError where the key of such a row comes twice, and as `checkRows`.
 */
export async function merge(session: Session, target: Target, merging: Merging): Promise<TableCounts> {
  const { stage, rowCount, slice } = merging
  const { sql, columns } = target
  const keys = columns.filter(({ isKey }) => isKey)
  const list = quoted(`list_${randomUUID()}`)
  await makeList(session, list, target, merging)
  const { inserted, updated, deleted } = await countsOf(session, list)
  const came = columns.map((column, at) => `c${at} AS ${column.sql}`).join(', ')
  const listed = `(SELECT ${came} FROM ${list} WHERE what <> 'deleted')`
  const isEnough = isOfKeys(slice, columns) && !columns.some(({ isDay }) => isDay)
  await checkRows(session, stage, target, slice, true, isEnough ? listed : stage)
  if (await canBeTwice(session, target, merging, list, { inserted, updated, deleted })) {
    const among = `SELECT ${keyCells(columns).join(', ')} FROM ${list} WHERE what <> 'deleted'`
    await checkKeys(session, stage, keys, among)
  }
  const same = 't.ctid = l.row AND t.tableoid = l.part'
  if (deleted > 0)
    await session.query(`DELETE FROM ${sql} t USING ${list} l WHERE l.what = 'deleted' AND ${same}`)
  if (updated > 0) {
    const settings = columns.flatMap((column, at) => (column.isKey ? [] : [`${column.sql} = l.c${at}`]))
    await session.query(
      `UPDATE ${sql} t SET ${settings.join(', ')} FROM ${list} l WHERE l.what = 'updated' AND ${same}`,
    )
  }
  if (inserted > 0) {
    const names = columns.map((column) => column.sql).join(', ')
    const cells = columns.map((_, at) => `c${at}`).join(', ')
    await session.query(`INSERT INTO ${sql} (${names}) SELECT ${cells} FROM ${list} WHERE what = 'inserted'`)
  }
  return { inserted, updated, deleted, unchanged: rowCount - inserted - updated }
}

/**
 * Whether a key that is new or has changed can have come twice. To look for one in the stage takes a fifth of the merge: a
 * new one is in the list twice, and of the others it is enough to count. Each row of the table that was met was met once
 * where they are as many as the rows that met one.
 */
async function canBeTwice(
  session: Session,
  { sql, columns }: Target,
  { rowCount, mode, slice }: Merging,
  list: string,
  { inserted, updated, deleted }: Omit<TableCounts, 'unchanged'>,
): Promise<boolean> {
  if (inserted > 0) {
    const { rows } = await session.query(
      `SELECT FROM ${list} WHERE what = 'inserted' GROUP BY ${keyCells(columns).join(', ')} HAVING count(*) > 1 LIMIT 1`,
    )
    if (rows.length > 0) return true
  }
  if (updated === 0) return false
  if (mode === 'upsert' || !isOfKeys(slice, columns)) return true
  const values: unknown[] = []
  const covered = slice ? sliceSql('x', columns, slice, values) : 'true'
  const { rows } = await session.query(`SELECT count(*) FROM ${sql} x WHERE ${covered}`, values)
  return Number(rows[0]!['count']) - deleted !== rowCount - inserted
}

/** The names that the cells of the key have in a list. */
function keyCells(columns: Target['columns']): string[] {
  return columns.flatMap(({ isKey }, at) => (isKey ? [`c${at}`] : []))
}

/** Whether a row is in the slice or not for as long as its key is the same. */
function isOfKeys(slice: TableSlice | undefined, columns: Target['columns']): boolean {
  return columns.every(({ name, isKey }) => isKey || !slice || !Object.hasOwn(slice, name))
}

/**
 * A table of what is to be done: what, to which row of the table, and its cells, under names of ours. It is in the order
 * of the table, whose pages are then written one after the other. Nor is it analyzed: the planner takes it for a short
 * one, and looks rows up by their place, which is faster than a join that reads the table again.
 */
async function makeList(session: Session, list: string, target: Target, merging: Merging): Promise<void> {
  const { columns } = target
  const { mode, slice, stage } = merging
  const values: unknown[] = []
  const covered = slice && sliceSql('x', columns, slice, values)
  // Where a row of the slice is known by other columns, it may have been outside of the slice before.
  const isPart = isOfKeys(slice, columns)
  const came = columns.map(({ sql, isDay }, at) => `${isDay ? `x.${sql}::date` : `x.${sql}`} AS c${at}`)
  const there = columns.map(({ sql }, at) => `x.${sql} AS c${at}`)
  const keys = keyCells(columns)
  const differs = columns.flatMap((column, at) => {
    const cell = (of: string) => (column.isComparable ? `${of}.c${at}` : `${of}.c${at}::text`)
    return column.isKey ? [] : [` OR ${cell('s')} IS DISTINCT FROM ${cell('t')}`]
  })
  // Each column that is not there for all of the rows makes the join faster. A row of the table that met none has no key.
  const isGone = `s.${keys[0]} IS NULL`
  await session.query(
    `CREATE TEMP TABLE ${list} ON COMMIT DROP AS
     SELECT CASE WHEN t.row IS NULL THEN 'inserted' WHEN ${isGone} THEN 'deleted' ELSE 'updated' END AS what,
       t.row, t.part, ${columns.map((_, at) => `s.c${at}`).join(', ')}
     FROM (SELECT ${came.join(', ')} FROM ${stage} x) s
     ${mode === 'upsert' ? 'LEFT' : 'FULL'} JOIN
       (SELECT x.ctid AS row, x.tableoid AS part, ${isPart ? '' : `${covered} AS covered, `}${there.join(', ')}
        FROM ${target.sql} x ${isPart && covered ? `WHERE ${covered}` : ''}) t
     ON ${keys.map((key) => `s.${key} = t.${key}`).join(' AND ')}
     WHERE t.row IS NULL OR CASE WHEN ${isGone} THEN ${isPart ? 'true' : 't.covered'} ELSE false${differs.join('')} END
     ORDER BY t.part, t.row`,
    values,
  )
}

async function countsOf(session: Session, list: string): Promise<Omit<TableCounts, 'unchanged'>> {
  const { rows } = await session.query(`SELECT what, count(*) FROM ${list} GROUP BY what`)
  const count = (what: string) => Number(rows.find((row) => row['what'] === what)?.['count'] ?? 0)
  return { inserted: count('inserted'), updated: count('updated'), deleted: count('deleted') }
}
