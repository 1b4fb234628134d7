import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { indexOf } from './header-names.ts'

/** What a sink of rows makes of each: the cells in its own order, under names and labels. */
export interface Columns {
  readonly names: readonly string[]
  /** What people read; undefined where no header told. */
  readonly labels: readonly string[] | undefined
  cellsOf(row: unknown): unknown[]
}

/**
 * The columns of a stream, from the best source there is: the announced headers; else the `wanted` names; else the
 * keys of the first object. Undefined where there is none of them.
 *
 * @throws QueryError where the first is neither a row nor an object, or a wanted column is not among the headers, or is there twice.
 */
export function columnsOf(
  who: string,
  headers: readonly Header[] | undefined,
  wanted: readonly string[] | undefined,
  first: unknown,
): Columns | undefined {
  if (first !== undefined && (typeof first !== 'object' || first === null || ArrayBuffer.isView(first))) {
    throw new QueryError(
      `${who} takes rows or objects, not ${typeof first === 'string' ? 'text' : 'bytes'}; put parseRows() before it`,
    )
  }
  if (headers) return fromHeaders(who, headers, wanted)
  if (wanted) return { names: wanted, labels: undefined, cellsOf: (row) => cells(row, wanted, undefined) }
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return undefined
  const names = Object.keys(first)
  return {
    names,
    labels: undefined,
    cellsOf(row) {
      if (Object.keys(row as object).length > names.length) {
        throw new QueryError(
          `${who}: an object has more keys than the first one had; name the columns you want`,
        )
      }
      return cells(row, names, undefined)
    },
  }
}

function fromHeaders(
  who: string,
  headers: readonly Header[],
  wanted: readonly string[] | undefined,
): Columns {
  const indexes = wanted?.map((name) => indexOf(who, headers, name))
  const chosen = indexes ? indexes.map((index) => headers[index]!) : headers
  const names = chosen.map(({ name }) => name)
  return {
    names,
    labels: chosen.map(({ name, column }) => column ?? name),
    cellsOf: (row) => cells(row, names, indexes),
  }
}

function cells(row: unknown, names: readonly string[], indexes: readonly number[] | undefined): unknown[] {
  if (!Array.isArray(row)) return names.map((name) => (row as Record<string, unknown>)[name])
  return indexes ? indexes.map((index) => row[index]) : row
}
