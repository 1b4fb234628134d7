import { Readable } from 'node:stream'
import { QueryError } from '../errors.ts'
import type { Grid, Header, MetaData, Row } from '../grid/grid.ts'
import { chain } from './chain.ts'
import type { RowStream } from './row-stream.ts'
import { Passing } from './row-transform.ts'

/**
 * A row stream of rows that are there already, or of a Grid: `rowsFrom(['dx', 'value'], [['a', 1]])`. The headers are
 * names, or whole ones.
 *
 * @throws QueryError where there are no headers.
 */
export function rowsFrom(grid: Grid): RowStream
export function rowsFrom<T = Row>(
  headers: readonly (string | Header)[],
  rows: Iterable<T> | AsyncIterable<T>,
  metaData?: MetaData,
): RowStream<T>
export function rowsFrom(
  first: Grid | readonly (string | Header)[],
  rows?: Iterable<unknown> | AsyncIterable<unknown>,
  metaData?: MetaData,
): RowStream<unknown> {
  if (isGrid(first)) return given(first.headers, first.rows, first.metaData)
  if (!Array.isArray(first) || rows === undefined) {
    throw new QueryError("rowsFrom: takes a Grid, or headers and rows: rowsFrom(['dx', 'value'], [['a', 1]])")
  }
  const headers = first.map((header) => (typeof header === 'string' ? { name: header } : header))
  return given(headers, rows, metaData)
}

function given(
  headers: readonly Header[],
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  metaData: MetaData | undefined,
): RowStream<unknown> {
  return chain(Readable.from(rows), new Passing(headers, metaData))
}

function isGrid(value: unknown): value is Grid {
  return (
    Array.isArray((value as Partial<Grid> | null)?.rows) && Array.isArray((value as Partial<Grid>).headers)
  )
}
