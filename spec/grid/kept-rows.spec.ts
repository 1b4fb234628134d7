import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Row } from '../../lib/grid/grid.ts'
import { GridReader } from '../../lib/grid/grid-reader.ts'
import { RowTaker } from '../../lib/grid/row-taker.ts'

describe('rows that are all kept', () => {
  it('are those of JSON.parse, though equal cells share a string', () => {
    // A column of few items, one of many, one of ever new texts, and texts that only differ where no hash looks.
    const rows = Array.from({ length: 60_000 }, (_, i) => [
      `item${i % 7}xyz`,
      `o${(i * 7919) % 20_000}unit`,
      `new${i}`,
      `ab${i % 3}defgh${i % 11}`,
      i % 2 ? '' : 'ab',
    ])
    const headers = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }))
    const body = Buffer.from(JSON.stringify({ headers, rows, height: rows.length }))
    const reader = new GridReader({ onHeaders: () => undefined })
    const lane = new RowTaker({ keepAll: true })
    let kept: Row[] = []
    for (const all of reader.read(body, () => lane)) kept = all
    for (const all of reader.end(lane)) kept = all
    assert.deepEqual(kept, rows)
  })
})
