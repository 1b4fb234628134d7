import { QueryError, RowError } from '../../errors.ts'
import type { TableSlice } from '../../tables/options.ts'
import type { Connection } from './connection.ts'
import type { Stage } from './stage.ts'
import type { Target, TargetColumn } from './target.ts'

/** The condition that a column of the slice has one of its values, which are bound as JSON. */
export function isCoveredSql(alias: string, column: string): string {
  return `${alias}.${column} IN (SELECT value FROM json_each(?))`
}

/** @throws RowError where two of the rows that came have the same key. */
export function checkKeys(connection: Connection, stage: Stage, columns: readonly TargetColumn[]): void {
  const keys = columns.filter(({ isKey }) => isKey)
  const list = keys.map(({ sql }) => sql).join(', ')
  const [first] = connection.all(
    `SELECT min(rowid) AS "row" FROM ${stage.sql} GROUP BY ${list} HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
  )
  if (!first) return
  const same = keys.map(({ sql }) => `a.${sql} = b.${sql}`).join(' AND ')
  const [second] = connection.all(
    `SELECT b.rowid AS "row", ${keysSql('b', keys)} FROM ${stage.sql} AS a JOIN ${stage.sql} AS b ON ${same}
     WHERE a.rowid = ? AND b.rowid > a.rowid ORDER BY b.rowid LIMIT 1`,
    [Number(first['row'])],
  )
  throw new RowError(`its key came before, in row ${Number(first['row'])}: ${keyText(keys, second!)}`, {
    rowNumber: Number(second!['row']),
  })
}

/** @throws RowError where a row that came is outside of the slice, and the next load would not find it. */
export function checkSlice(
  connection: Connection,
  stage: Stage,
  columns: readonly TargetColumn[],
  slice: TableSlice,
): void {
  const outside = columns.flatMap((column) => {
    const items = slice[column.name]
    if (!items) return []
    const [found] = connection.all(
      `SELECT rowid AS "row", CAST(${column.sql} AS TEXT) AS value FROM ${stage.sql} AS s
       WHERE (${isCoveredSql('s', column.sql)}) IS NOT TRUE ORDER BY rowid LIMIT 1`,
      [JSON.stringify(items)],
    )
    return found ? [{ column: column.name, rowNumber: Number(found['row']), value: found['value'] }] : []
  })
  const [first] = outside.sort((a, b) => a.rowNumber - b.rowNumber)
  if (!first) return
  const { column, rowNumber, value } = first
  throw new RowError(
    `${JSON.stringify(value)} is outside of the slice that is replaced; say in slice which rows are`,
    { rowNumber, column },
  )
}

/**
 * For a table without a unique index within the key, in which rows that are there twice would stay.
 *
 * @throws QueryError where it has a key twice.
 */
export function checkTarget(connection: Connection, { sql, columns, isUnique }: Target): void {
  if (isUnique) return
  const keys = columns.filter(({ isKey }) => isKey)
  const list = keys.map((column) => `t.${column.sql} COLLATE BINARY`)
  const [twice] = connection.all(
    `SELECT ${keysSql('t', keys)} FROM ${sql} AS t WHERE ${list.map((key) => `${key} IS NOT NULL`).join(' AND ')}
     GROUP BY ${list.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  )
  if (!twice) return
  throw new QueryError(
    `toSqlite: the table ${sql} has the key ${keyText(keys, twice)} twice; ` +
      'remove one, and give it a primary key, or name other columns in key',
  )
}

/** As text, which is read from each driver alike, under names that can not be those of others. */
function keysSql(alias: string, keys: readonly TargetColumn[]): string {
  return keys.map(({ sql }, at) => `CAST(${alias}.${sql} AS TEXT) AS key${at}`).join(', ')
}

function keyText(keys: readonly TargetColumn[], row: Readonly<Record<string, unknown>>): string {
  return keys.map(({ name }, at) => `${name} ${JSON.stringify(row[`key${at}`])}`).join(', ')
}
