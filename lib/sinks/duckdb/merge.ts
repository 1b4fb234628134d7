import type { TableMode, TableSlice } from '../../tables/options.ts'
import type { TableCounts } from '../table-sink.ts'
import type { Session } from './session.ts'
import { keySql, sliceSql, stagedSql } from './staged-rows.ts'
import type { Target } from './target.ts'

/**
 * Has DuckDB say why nothing can be put into it, such as a view or a file that is read-only, before all rows have come for
 * nothing.
 */
export async function expectInserts(session: Session, { sql, columns }: Target): Promise<void> {
  const names = columns.map((column) => column.sql).join(', ')
  await session.run(`EXPLAIN INSERT INTO ${sql} (${names}) SELECT ${names} FROM ${sql}`)
}

/** Puts the rows of a file behind those of the table. */
export function insertAll(session: Session, { sql, columns }: Target, path: string): Promise<number> {
  const names = columns.map((column) => column.sql).join(', ')
  return session.change(`INSERT INTO ${sql} (${names}) SELECT ${names} FROM ${stagedSql(path, columns)}`)
}

/**
 * Brings the table in line with the file. A row that is there already, cell by cell, is not touched. A MERGE that also
 * deletes would not tell how many.
 */
export async function merge(
  session: Session,
  target: Target,
  path: string,
  rowCount: number,
  mode: Exclude<TableMode, 'append'>,
  slice: TableSlice | undefined,
): Promise<TableCounts> {
  const { sql, columns } = target
  const source = stagedSql(path, columns)
  const keys = columns.filter(({ isKey }) => isKey)
  const others = columns.filter(({ isKey }) => !isKey)
  const same = keys.map((column) => `${keySql('t', column)} = s.${column.sql}`).join(' AND ')
  const differs = others.map((column) => `t.${column.sql} IS DISTINCT FROM s.${column.sql}`).join(' OR ')
  const settings = others.map((column) => `${column.sql} = s.${column.sql}`).join(', ')
  const names = columns.map((column) => column.sql).join(', ')
  const values = columns.map((column) => `s.${column.sql}`).join(', ')
  const size = async () => Number((await session.query(`SELECT count(*) AS size FROM ${sql}`))[0]!['size'])
  const covered = slice ? sliceSql('t', columns, slice) : 'true'
  const deleted =
    mode === 'upsert'
      ? 0
      : await session.change(
          `DELETE FROM ${sql} t WHERE ${covered} AND NOT EXISTS (SELECT 1 FROM ${source} s WHERE ${same})`,
        )
  const before = await size()
  const changed = await session.change(
    `MERGE INTO ${sql} t USING ${source} s ON ${same}
     ${others.length ? `WHEN MATCHED AND (${differs}) THEN UPDATE SET ${settings}` : ''}
     WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${values})`,
  )
  const inserted = (await size()) - before
  return { inserted, updated: changed - inserted, deleted, unchanged: rowCount - changed }
}
