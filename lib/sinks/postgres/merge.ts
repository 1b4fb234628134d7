import type { TableMode, TableSlice } from '../../tables/options.ts'
import type { TableCounts } from '../table-sink.ts'
import { sliceSql } from './misfits.ts'
import type { Session } from './session.ts'
import type { Target, TargetColumn } from './table.ts'

/** From which version on a MERGE deletes what has not come, and tells what it did. */
const mergeTells = 170_000

/** What is made of the rows of a stage: `rowCount` of them, of different keys. */
export interface Merging {
  readonly version: number
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

/**
 * Brings the table in line with the stage. A row that is there already, cell by cell, is not touched: else an unchanged
 * load would write each of them anew.
 */
export async function merge(session: Session, target: Target, merging: Merging): Promise<TableCounts> {
  const { rowCount, version } = merging
  const { inserted, updated, deleted } = await (version >= mergeTells ? mergeOnce : mergeInSteps)(
    session,
    target,
    merging,
  )
  return { inserted, updated, deleted, unchanged: rowCount - inserted - updated }
}

type Changes = Omit<TableCounts, 'unchanged'>

async function mergeOnce(session: Session, target: Target, merging: Merging): Promise<Changes> {
  const { columns, sql } = target
  const { values, others, names, same, differs } = partsOf(target)
  const parameters: unknown[] = []
  const covered = coveredSql(merging, columns, parameters)
  const { rows } = await session.query(
    `WITH merged AS (
       MERGE INTO ${sql} t USING ${merging.stage} s ON ${same}
       ${others.length ? `WHEN MATCHED AND ${differs} THEN UPDATE SET ${settings(others)}` : ''}
       WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${values})
       ${covered ? `WHEN NOT MATCHED BY SOURCE AND ${covered} THEN DELETE` : ''}
       RETURNING merge_action() AS action)
     SELECT action, count(*) FROM merged GROUP BY action`,
    parameters,
  )
  const count = (action: string) => Number(rows.find((row) => row['action'] === action)?.['count'] ?? 0)
  return { inserted: count('INSERT'), updated: count('UPDATE'), deleted: count('DELETE') }
}

/** What servers can that have no such MERGE. */
async function mergeInSteps(session: Session, target: Target, merging: Merging): Promise<Changes> {
  const { columns, sql } = target
  const { stage } = merging
  const { values, others, names, same, differs } = partsOf(target)
  const parameters: unknown[] = []
  const covered = coveredSql(merging, columns, parameters)
  const count = async (statement: string, values: unknown[] = []) =>
    (await session.query(statement, values)).rowCount ?? 0
  const deleted = covered
    ? await count(
        `DELETE FROM ${sql} t WHERE ${covered} AND NOT EXISTS (SELECT FROM ${stage} s WHERE ${same})`,
        parameters,
      )
    : 0
  const updated = others.length
    ? await count(`UPDATE ${sql} t SET ${settings(others)} FROM ${stage} s WHERE ${same} AND ${differs}`)
    : 0
  const inserted = await count(
    `INSERT INTO ${sql} (${names}) SELECT ${values} FROM ${stage} s
     WHERE NOT EXISTS (SELECT FROM ${sql} t WHERE ${same})`,
  )
  return { inserted, updated, deleted }
}

function partsOf({ columns }: Target) {
  const keys = columns.filter(({ isKey }) => isKey)
  const others = columns.filter(({ isKey }) => !isKey)
  return {
    others,
    names: columns.map(({ sql }) => sql).join(', '),
    values: columns.map(staged).join(', '),
    same: keys.map((column) => `t.${column.sql} = ${staged(column)}`).join(' AND '),
    differs: `(${others.map((column) => `${compared(`t.${column.sql}`, column)} IS DISTINCT FROM ${compared(staged(column), column)}`).join(' OR ')})`,
  }
}

/** The condition on rows of the table that go where they have not come; undefined where none does. */
function coveredSql({ mode, slice }: Merging, columns: readonly TargetColumn[], values: unknown[]) {
  if (mode === 'upsert') return undefined
  return slice ? sliceSql('t', columns, slice, values) : 'true'
}

function settings(columns: readonly TargetColumn[]): string {
  return columns.map((column) => `${column.sql} = ${staged(column)}`).join(', ')
}

function staged({ sql, isDay }: TargetColumn): string {
  return isDay ? `s.${sql}::date` : `s.${sql}`
}

function compared(value: string, { isComparable }: TargetColumn): string {
  return isComparable ? value : `${value}::text`
}
