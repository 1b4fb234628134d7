import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable, type Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { parseRows, RowError, toArrow } from 'dhis2-analytics-stream'
import { toParquet } from 'dhis2-analytics-stream/parquet'
import { chunksOf } from '../support/chunks.ts'
import { turns } from '../support/lifecycle.ts'
import { readArrow } from '../support/read-arrow.ts'
import { failureOf, gridBytes, header } from '../support/stages.ts'

const headers = [header('ou'), header('value', 'NUMBER')]
const pieceBytes = 20_000

function rowsFrom(first: number, count: number): [string, string | null][] {
  return Array.from({ length: count }, (_, i) => {
    const number = first + i
    return [`ou${number % 700}`, number % 11 === 0 ? null : `${number / 8}`]
  })
}

/** A body as it comes from a socket: a turn passes between two pieces. */
function pieces(rows: readonly unknown[][]): Readable {
  return Readable.from(chunksOf(gridBytes(headers, rows), pieceBytes), {
    objectMode: false,
    highWaterMark: 1,
  })
}

const numbered = (rows: readonly (readonly [string, string | null])[]) =>
  rows.map(([ou, value]) => [ou, value === null ? null : Number(value)])

describe('columns that are written while the body is read', () => {
  it('are those of all rows, in their order', async () => {
    const rows = rowsFrom(0, 20_000)
    const arrow = toArrow()
    pieces(rows).pipe(parseRows()).pipe(arrow)
    assert.deepEqual(readArrow(await buffer(arrow)).rows, numbered(rows))
    assert.equal(arrow.rowCount, rows.length)
  })

  it('come behind rows that still wait to be written', async () => {
    const [first, second, third] = [rowsFrom(0, 50), rowsFrom(50, 60), rowsFrom(110, 5000)]
    const arrow = toArrow({ batchRows: 100, highWaterMark: 1 })
    const parser = pieces(first).pipe(parseRows())
    parser.pipe(arrow, { end: false })
    await once(parser, 'end')
    // Nobody reads the first batch, so that what is behind it waits: of so few no stream is told to stop.
    for (const row of second) arrow.write(row)
    assert.equal(arrow.writableLength, 11)
    pieces(third).pipe(parseRows()).pipe(arrow)
    await turns(20)
    assert.deepEqual(readArrow(await buffer(arrow)).rows, numbered([...first, ...second, ...third]))
  })

  for (const [name, stage] of Object.entries<() => Transform>({ toArrow, toParquet })) {
    it(`name the row of a cell that does not fit, as ${name} does it`, async () => {
      const rows = rowsFrom(0, 20_000)
      rows[15_432] = ['ou1', 'many']
      const made = stage()
      const error = await failureOf(pipeline(pieces(rows), parseRows(), made, buffer))
      assert.ok(error instanceof RowError)
      assert.deepEqual([error.rowNumber, error.column], [15_433, 'value'])
      assert.equal(made.errored, error)
    })
  }
})
