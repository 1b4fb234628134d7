import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { mapRows, parseRows, RowError, toArrow } from 'dhis2-analytics-stream'
import fc from 'fast-check'
import { type TypedGrid, typedGrid } from '../support/arbitrary-cells.ts'
import { anyCuts } from '../support/arbitrary-grids.ts'
import { cutAt } from '../support/chunks.ts'
import { expectedOf, misfit } from '../support/expected-cells.ts'
import { readArrow } from '../support/read-arrow.ts'
import { gridBytes } from '../support/stages.ts'

/** Straight behind `parseRows`, or by way of rows. */
async function arrowOf(
  { headers, rows }: TypedGrid,
  cuts: number[],
  batchRows: number,
  viaRows: boolean,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  await pipeline([
    Readable.from(cutAt(gridBytes(headers, rows), cuts), { objectMode: false }),
    parseRows(),
    ...(viaRows ? [mapRows((row) => row)] : []),
    toArrow({ batchRows }),
    async function* (made: AsyncIterable<Buffer>) {
      for await (const chunk of made) chunks.push(chunk)
      yield* []
    },
  ] as never)
  return Buffer.concat(chunks)
}

const anyBatchRows = fc.constantFrom(1, 7, 500, 1200, 16_384, 100_000)

describe('an Arrow stream', () => {
  for (const viaRows of [false, true]) {
    it(`is read by apache-arrow as what castCells makes of a grid, ${viaRows ? 'by way of rows' : 'a column at a time'}`, async () => {
      await fc.assert(
        fc.asyncProperty(typedGrid(false), anyCuts, anyBatchRows, async (grid, cuts, batchRows) => {
          const { schema, rows, batches } = readArrow(await arrowOf(grid, cuts, batchRows, viaRows))
          assert.deepEqual(
            schema.fields.map(({ name }) => name),
            grid.headers.map(({ name }) => name),
          )
          assert.deepEqual(rows, await expectedOf(grid))
          assert.ok(batches.every((length) => length <= batchRows))
        }),
        { numRuns: 60 },
      )
    })
  }

  it('is not made of cells that do not fit: the error names one of them', async () => {
    await fc.assert(
      fc.asyncProperty(typedGrid(true), anyCuts, fc.boolean(), async (grid, cuts, viaRows) => {
        const expected = await expectedOf(grid)
        const hasMisfit = expected.flat().includes(misfit)
        try {
          const { rows } = readArrow(await arrowOf(grid, cuts, 500, viaRows))
          assert.ok(!hasMisfit)
          assert.deepEqual(rows, expected)
        } catch (error) {
          if (!(error instanceof RowError)) throw error
          const at = grid.headers.findIndex(({ name }) => name === error.column)
          assert.equal(expected[error.rowNumber - 1]?.[at], misfit, error.message)
        }
      }),
      { numRuns: 60 },
    )
  })
})
