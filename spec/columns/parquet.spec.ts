import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { mapRows, parseRows, RowError } from 'dhis2-analytics-stream'
import { type ToParquetOptions, toParquet } from 'dhis2-analytics-stream/parquet'
import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { hybrid } from '../../lib/columns/runs.ts'
import { snappy } from '../../lib/columns/snappy.ts'
import { type TypedGrid, typedGrid } from '../support/arbitrary-cells.ts'
import { anyCuts } from '../support/arbitrary-grids.ts'
import { cutAt } from '../support/chunks.ts'
import { expectedOf, misfit } from '../support/expected-cells.ts'
import { askDuckDb, readParquet } from '../support/read-parquet.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { gridBytes } from '../support/stages.ts'

/** Straight behind `parseRows`, or by way of rows. */
async function parquetOf(
  { headers, rows }: TypedGrid,
  cuts: number[],
  options: ToParquetOptions,
  viaRows: boolean,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  await pipeline([
    Readable.from(cutAt(gridBytes(headers, rows), cuts), { objectMode: false }),
    parseRows(),
    ...(viaRows ? [mapRows((row) => row)] : []),
    toParquet(options),
    async function* (made: AsyncIterable<Buffer>) {
      for await (const chunk of made) chunks.push(chunk)
      yield* []
    },
  ] as never)
  return Buffer.concat(chunks)
}

const anyOptions = fc.record<ToParquetOptions>({
  rowGroupRows: fc.constantFrom(1, 7, 500, 1200, 16_384, 100_000),
  compression: fc.constantFrom('none', 'snappy', 'gzip', 'brotli'),
})

/** What DuckDB says of a file, as hyparquet says it. */
async function rowsOfDuckDb(path: string, { headers }: TypedGrid): Promise<unknown[][]> {
  const columns = headers.map(({ name, valueType }) => {
    if (valueType === 'DATE' || valueType === 'AGE') return `epoch_ms(CAST(${name} AS TIMESTAMP)) AS ${name}`
    return valueType === 'DATETIME' ? `epoch_ms(${name}) AS ${name}` : name
  })
  const objects = await askDuckDb(`SELECT ${columns.join(', ')} FROM '${path}'`)
  return objects.map((object) =>
    headers.map(({ name, valueType }) => {
      const cell = object[name] as unknown
      const isTime = ['DATE', 'AGE', 'DATETIME'].includes(valueType!)
      return isTime && cell !== null ? Number(cell) : cell
    }),
  )
}

describe('a Parquet file', () => {
  for (const viaRows of [false, true]) {
    it(`is read by hyparquet as what castCells makes of a grid, ${viaRows ? 'by way of rows' : 'a column at a time'}`, async () => {
      await fc.assert(
        fc.asyncProperty(typedGrid(false), anyCuts, anyOptions, async (grid, cuts, options) => {
          const { metadata, rows } = await readParquet(await parquetOf(grid, cuts, options, viaRows))
          assert.deepEqual(
            metadata.schema.slice(1).map(({ name }) => name),
            grid.headers.map(({ name }) => name),
          )
          assert.deepEqual(rows, await expectedOf(grid))
          assert.ok(
            metadata.row_groups.every(({ num_rows: count }) => Number(count) <= options.rowGroupRows!),
          )
        }),
        { numRuns: 60 },
      )
    })
  }

  it('is read the same by DuckDB', async (t) => {
    const path = join(await emptyDirectory(t), 'grid.parquet')
    await fc.assert(
      fc.asyncProperty(typedGrid(false), anyOptions, fc.boolean(), async (grid, options, viaRows) => {
        await writeFile(path, await parquetOf(grid, [], options, viaRows))
        // As JSON, -0 is 0.
        const expected = (await expectedOf(grid)).map((row) => row.map((cell) => (cell === 0 ? 0 : cell)))
        const read = (await rowsOfDuckDb(path, grid)).map((row) => row.map((cell) => (cell === 0 ? 0 : cell)))
        assert.deepEqual(read, expected)
      }),
      { numRuns: 40 },
    )
  })

  it('is not made of cells that do not fit: the error names one of them', async () => {
    await fc.assert(
      fc.asyncProperty(typedGrid(true), anyCuts, fc.boolean(), async (grid, cuts, viaRows) => {
        const expected = await expectedOf(grid)
        const hasMisfit = expected.flat().includes(misfit)
        try {
          const bytes = await parquetOf(grid, cuts, { rowGroupRows: 500 }, viaRows)
          assert.ok(!hasMisfit)
          assert.deepEqual((await readParquet(bytes)).rows, expected)
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

describe('snappy', () => {
  it('is what other implementations read: long runs, what does not repeat, far copies', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    const pieces = fc.array(
      fc.oneof(
        bytes,
        fc.tuple(bytes, fc.integer({ min: 1, max: 900 })).map(([some, times]) => repeated(some, times)),
        fc
          .tuple(fc.nat(255), fc.integer({ min: 1, max: 140_000 }))
          .map(([byte, length]) => new Uint8Array(length).fill(byte)),
        fc.integer({ min: 0, max: 70_000 }).map(noise),
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        const input = Buffer.concat(parts)
        const output = new Uint8Array(input.length)
        snappyUncompress(snappy(input), output)
        assert.equal(Buffer.compare(output, input), 0)
      }),
      { numRuns: 300 },
    )
  })
})

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => bytes))
}

function noise(length: number): Uint8Array {
  let state = length
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 24
  })
}

/** What Parquet's format says such bytes are (Encodings.md, RLE/bit-packed hybrid). */
function numbersOf(bytes: Uint8Array, bits: number, length: number): number[] {
  const numbers: number[] = []
  let at = 0
  while (numbers.length < length) {
    let head = 0
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++]!
      head |= (byte & 0x7f) << shift
    }
    if (head & 1) {
      const packed = bytes.subarray(at, at + (head >> 1) * bits)
      at += packed.length
      for (let i = 0; i < (head >> 1) * 8; i++) {
        let number = 0
        for (let bit = 0; bit < bits; bit++) {
          const place = i * bits + bit
          number |= ((packed[place >> 3]! >> (place & 7)) & 1) << bit
        }
        numbers.push(number)
      }
    } else {
      let number = 0
      for (let shift = 0; shift < bits; shift += 8) number |= bytes[at++]! << shift
      for (let i = 0; i < head >> 1; i++) numbers.push(number)
    }
  }
  assert.equal(at, bytes.length)
  return numbers.slice(0, length)
}

describe('runs and packed bits', () => {
  it('are the numbers that went in', () => {
    const run = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 70 }))
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (runs, bits) => {
        const numbers = runs.flatMap(([number, times]) => Array<number>(times).fill(number % 2 ** bits))
        const bytes = hybrid(Int32Array.from(numbers), bits)
        assert.deepEqual(numbersOf(bytes, bits, numbers.length), numbers)
      }),
      { numRuns: 500 },
    )
  })

  it('are short where a number comes again and again', () => {
    assert.deepEqual([...hybrid(new Int32Array(100_000).fill(3), 2)], [0xc0, 0x9a, 0x0c, 3])
  })
})
