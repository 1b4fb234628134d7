import assert from 'node:assert/strict'
import type { Header, MetaData, Row } from '../../lib/grid/grid.ts'
import { GridReader } from '../../lib/grid/grid-reader.ts'
import { RowTaker } from '../../lib/grid/row-taker.ts'

/** What a grid reader made of a body. */
export interface ReadGrid {
  headers: Header[]
  /** As it was known when the headers were announced. */
  announcedMetaData: MetaData | undefined
  rows: Row[]
  fields: Record<string, unknown>
}

/** Reads a grid, and sees to it that headers are announced once and before the first row. */
export function readGrid(chunks: Iterable<Uint8Array>, maxBufferedBytes?: number): ReadGrid {
  const rows: Row[] = []
  return { ...readInto(rows, chunks, maxBufferedBytes), rows }
}

/** The same, row by row into `rows`, where they stay when it throws. */
export function readInto(
  rows: Row[],
  chunks: Iterable<Uint8Array>,
  maxBufferedBytes?: number,
): Omit<ReadGrid, 'rows'> {
  let headers: Header[] | undefined
  let announcedMetaData: MetaData | undefined
  const reader = new GridReader({
    maxBufferedBytes,
    onHeaders: (announced, metaData) => {
      assert.equal(headers, undefined, 'headers were announced twice')
      headers = announced
      announcedMetaData = metaData
    },
  })
  const lane = new RowTaker()
  const keep = (slices: Iterable<Row[]>) => {
    for (const slice of slices) {
      assert.ok(headers, 'a row came before the headers')
      for (const row of slice) rows.push(row)
    }
  }
  for (const chunk of chunks) keep(reader.read(chunk, () => lane))
  keep(reader.end(lane))
  assert.ok(headers)
  return { headers, announcedMetaData, fields: Object.fromEntries(reader.fields) }
}

/** The error a body is refused with, and the rows that came before it. */
export function refusal(
  chunks: Iterable<Uint8Array>,
  maxBufferedBytes?: number,
): { error: Error; rows: Row[] } {
  const rows: Row[] = []
  try {
    readInto(rows, chunks, maxBufferedBytes)
  } catch (error) {
    assert.ok(error instanceof Error)
    return { error, rows }
  }
  assert.fail('the body was not refused')
}
