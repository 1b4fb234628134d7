import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GridKey } from '../../lib/testing/formats.ts'
import { chunkings } from '../support/chunks.ts'
import { generated, grids, inOrder, type PlainGrid, permutations, writings } from '../support/grids.ts'
import { readGrid } from '../support/read-grid.ts'

describe('the grid reader', () => {
  for (const [shape, grid] of Object.entries(grids)) {
    it(`reads ${shape}, as JSON.parse does, in every chunking, writing and order of the large keys`, () => {
      for (const order of permutations(['headers', 'metaData', 'rows', 'height'])) {
        for (const write of Object.values(writings)) readsAsWhole(write(inOrder(grid, order)))
      }
    })
  }

  it('takes the keys in each of their 720 orders', () => {
    const grid = grids['cells that look like the end of a row']!
    for (const order of permutations(['headers', 'metaData', 'rows', 'height', 'width', 'headerWidth'])) {
      readsAsWhole(JSON.stringify(inOrder(grid, order)))
    }
  })

  it('reads what the stand-in server sends, narrow and wide, over many chunks', () => {
    const keyOrder: GridKey[] = ['rows', 'height', 'metaData', 'headers', 'width', 'headerWidth']
    for (const shape of ['narrow', 'wide'] as const) {
      const rows = shape === 'wide' ? 300 : 6000
      readsAsWhole(generated({ rows, shape }))
      readsAsWhole(generated({ rows, shape, keyOrder }))
      readsAsWhole(generated({ rows, shape, metaDataBytes: 300_000 }))
    }
  })

  it('reads rows that each take many chunks', () => {
    const long = 'x],["\\'.repeat(10_000)
    const rows = Array.from({ length: 5 }, (_, i) => [`${i}`, long, { deep: [[long], [i]] }])
    readsAsWhole(JSON.stringify({ headers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], rows, height: 5 }))
  })

  it('reads plain rows, then rows no guess is good for, then plain rows again', () => {
    const plain = Array.from({ length: 5000 }, (_, i) => [`row ${i}`, 'plain'])
    const odd = Array.from({ length: 5000 }, (_, i) => [`"],["${i}`, [['],['], [i, 'é']]])
    const rows = [...plain, ...odd, ...plain]
    readsAsWhole(JSON.stringify({ headers: [{ name: 'a' }, { name: 'b' }], rows, height: rows.length }))
  })

  it('keeps numbers beyond double precision exact where the cell is text', () => {
    const body = '{"headers":[{"name":"a"}],"rows":[["12345678901234567890.123456789"]]}'
    assert.deepEqual(readGrid([Buffer.from(body)]).rows, [['12345678901234567890.123456789']])
  })

  it('takes the last of two values of a key that is neither rows nor headers, as JSON.parse does', () => {
    readsAsWhole(
      '{"headers":[{"name":"a"}],"metaData":{"x":1},"height":7,"rows":[["1"]],"height":1,"metaData":{}}',
    )
  })

  it('knows a key by what it says, not by how it is escaped', () => {
    readsAsWhole('{"h\\u0065aders":[{"name":"a"}],"\\u0072ows":[["1"]],"heigh\\u0074":1}')
  })

  it('announces the metaData that came before the rows along with the headers', () => {
    const grid = grids['an aggregate']!
    const { announcedMetaData } = readGrid([Buffer.from(JSON.stringify(grid))])
    assert.deepEqual(announcedMetaData, grid['metaData'])
  })

  it('holds rows back until the headers are known, and then has them all', () => {
    const body = generated({ rows: 3000, keyOrder: ['rows', 'metaData', 'headers'] })
    const { rows, announcedMetaData } = readGrid([body])
    assert.equal(rows.length, 3000)
    assert.ok(announcedMetaData)
  })
})

function readsAsWhole(body: string | Buffer): void {
  const bytes = Buffer.from(body)
  const { rows, ...fields } = JSON.parse(bytes.toString().replace(/^\uFEFF/, '')) as PlainGrid
  for (const [chunking, chunks] of Object.entries(chunkings)) {
    const read = readGrid(chunks(bytes))
    const where = `in chunks of ${chunking}: ${bytes.toString('utf8', 0, 400)}`
    assert.deepEqual(read.headers, fields.headers, where)
    // Folded or not, a field is what JSON.parse makes of it; rows are in nobody's fields.
    assert.deepEqual(read.fields, fields, where)
    sameRows(read.rows, rows, where)
  }
}

/** As deepEqual, which takes a second for a few thousand rows. */
function sameRows(actual: unknown[][], expected: unknown[][], where: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) assert.deepEqual(actual, expected, where)
}
