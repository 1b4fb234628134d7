import type { TableSlice } from '../../tables/options.ts'
import { typeName } from '../../tables/schema.ts'
import type { TargetColumn } from './target.ts'

/** Names of columns in the file: their own might be those that DuckDB adds. */
export function stagedName(at: number): string {
  return `c${at}`
}

/** The rows of a Parquet file in SQL. In a path some characters are a pattern. */
export function fileSql(path: string): string {
  return `read_parquet(${literal(path.replace(/[[*?]/g, '[$&]'))}, file_row_number = true)`
}

/** What a cell of the file is in the table. */
export function valueSql({ stagedType, dataType, isKey }: TargetColumn, at: number): string {
  const name = stagedName(at)
  const value = stagedType === 'text' && isKey ? `coalesce(${name}, '')` : name
  return typeName(stagedType, 'duckdb') === dataType && stagedType !== 'bigint'
    ? value
    : `CAST(${value} AS ${dataType})`
}

/** The rows of the file as they are in the table. */
export function stagedSql(path: string, columns: readonly TargetColumn[]): string {
  const values = columns.map((column, at) => `${valueSql(column, at)} AS ${column.sql}`)
  return `(SELECT ${values.join(', ')} FROM ${fileSql(path)})`
}

/** The condition that a row of this name is in the slice. */
export function sliceSql(alias: string, columns: readonly TargetColumn[], slice: TableSlice): string {
  return columns
    .filter(({ name }) => Object.hasOwn(slice, name))
    .map((column) => `${keySql(alias, column)} IN (${slice[column.name]!.map(literal).join(', ')})`)
    .join(' AND ')
}

/** A cell of the key, of which those of text that others have left NULL are the empty text too. */
export function keySql(alias: string, { sql, dataType, isNotNull }: TargetColumn): string {
  const cell = `${alias}.${sql}`
  return dataType === 'VARCHAR' && !isNotNull ? `coalesce(${cell}, '')` : cell
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
