import type { Header } from '../grid/grid.ts'
import { type ArrowField, batchMessage, dictionaryMessage, endMark, schemaMessage } from './arrow-messages.ts'
import { arrowTypeOf } from './arrow-types.ts'
import { utf8Vector, vectorOf } from './arrow-vectors.ts'
import type { CodedCells, ValueCells } from './cells.ts'

const batchRows = 65_536

/** A column of which all cells are there. */
export type WholeColumn = (ValueCells | CodedCells) & { readonly header: Header }

/** What a schema tells beside its columns. */
export function schemaMetadata(headers: readonly Header[], url: string | undefined): Record<string, string> {
  return { 'dhis2.headers': JSON.stringify(headers), ...(url !== undefined && { 'dhis2.request': url }) }
}

/** Whole columns of `length` cells as an Arrow stream. */
export function arrowStream(
  columns: readonly WholeColumn[],
  length: number,
  url: string | undefined,
): Buffer {
  const fields = columns.map((column): ArrowField => {
    const listed = column.kind === 'text' ? column.dictionary.length : undefined
    return { name: column.header.name, type: arrowTypeOf(column, listed) }
  })
  const headers = columns.map(({ header }) => header)
  const messages = [schemaMessage(fields, schemaMetadata(headers, url))]
  for (const [i, column] of columns.entries()) {
    if (column.kind !== 'text' || fields[i]!.type.name !== 'codes' || length === 0) continue
    messages.push(dictionaryMessage(i, utf8Vector(column.dictionary, false)))
  }
  for (let from = 0; from < length; from += batchRows) {
    const to = Math.min(length, from + batchRows)
    const vectors = columns.map((column, i) => vectorOf(some(column, from, to), fields[i]!.type))
    messages.push(batchMessage(to - from, vectors))
  }
  return Buffer.concat([...messages, endMark])
}

function some(column: WholeColumn, from: number, to: number): ValueCells | CodedCells {
  if (column.kind !== 'text') return { kind: column.kind, values: column.values.subarray(from, to) }
  return { kind: 'text', codes: column.codes.subarray(from, to), dictionary: column.dictionary }
}
