import assert from 'node:assert/strict'
import { once } from 'node:events'
import { pipeline as callbackPipeline, Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  batchRows,
  castCells,
  filterRows,
  type Header,
  labelCells,
  mapRows,
  parseDataValues,
  parseRows,
  type RowStream,
  type StreamOptions,
  selectColumns,
  toArrow,
  toNdjson,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { toParquet } from 'dhis2-analytics-stream/parquet'
import { z } from 'zod'
import { gives } from '../../lib/streams/gives.ts'
import { lifecycle, turns } from '../support/lifecycle.ts'
import { gridBytes, header } from '../support/stages.ts'

type Make = (options: StreamOptions) => Transform

const headers = [header('dx'), header('ou'), header('value', 'NUMBER')]
const metaData = { items: { a: { name: 'A' } }, dimensions: { dx: ['a'], ou: ['o'] } }
const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => ['a', 'o', String(i)])
const isEven = ([, , value]: unknown[]) => Number(value) % 2 === 0

const rowTransforms: Record<string, Make> = {
  toObjects: (options) => toObjects(options),
  castCells: (options) => castCells(options),
  labelCells: (options) => labelCells({ mode: 'add', ...options }),
  validateRows: (options) => validateRows(z.array(z.string()), options),
  selectColumns: (options) => selectColumns(['value', 'dx'], options),
  filterRows: (options) => filterRows(isEven, options),
  mapRows: (options) => mapRows((row) => row, options),
  batchRows: (options) => batchRows(3, options),
}

interface Kind {
  make: Make
  announces: boolean
  /** What it gets, by itself. */
  input: readonly unknown[]
  empty: string
  /** A body of so many rows, and the stage that makes its input of that. */
  bytes(count: number): Buffer
  parser(): Transform[]
}

const dataValue = { dataElement: 'a', period: '2025', orgUnit: 'o', value: '1' }
const ofRows = {
  input: rowsOf(8),
  empty: 'end',
  bytes: (count: number) => gridBytes(headers, rowsOf(count), metaData),
  parser: () => [parseRows()],
}
const kinds: Record<string, Kind> = {
  ...Object.fromEntries(
    Object.entries(rowTransforms).map(([name, make]) => [name, { ...ofRows, make, announces: true }]),
  ),
  toNdjson: { ...ofRows, make: (options) => toNdjson(options), announces: false },
  toArrow: { ...ofRows, make: (options) => toArrow({ batchRows: 10, ...options }), announces: false },
  toParquet: { ...ofRows, make: (options) => toParquet({ rowGroupRows: 10, ...options }), announces: false },
  parseDataValues: {
    make: (options) => parseDataValues(options),
    announces: true,
    input: ['{"dataValues":[', JSON.stringify(dataValue), ',', JSON.stringify(dataValue), ']', '}'].map(
      (text) => Buffer.from(text),
    ),
    empty: 'UnexpectedContentError',
    bytes: (count) => Buffer.from(JSON.stringify({ dataValues: Array(count).fill(dataValue) })),
    parser: () => [],
  },
}

for (const [name, { make, announces, input, empty, bytes, parser }] of Object.entries(kinds)) {
  describe(`The life of ${name}`, () => {
    const ready = (options: StreamOptions = {}) =>
      empty === 'end' ? knowingHeaders(make(options)) : make(options)
    lifecycle({ make: ready, input, empty })

    const run = (source: Readable, stage: Transform, ...sinks: (Writable | Transform)[]) =>
      pipeline([source, ...parser(), stage, ...sinks])

    if (announces) {
      for (const count of [0, 1, 7]) {
        it(`announces its headers once and before anything else, of ${count} rows`, async () => {
          const seen: string[] = []
          const stage = make({}) as Transform & RowStream
          stage.on('headers', (announced: Header[]) => {
            assert.equal(stage.headers, announced)
            seen.push('headers')
          })
          await run(
            chunked(bytes(count)),
            stage,
            sink(() => seen.push('row')),
          )
          assert.deepEqual(seen, ['headers', ...seen.slice(1).map(() => 'row')])
          assert.equal(seen.length > 1, count > 0)
        })
      }
    }

    it('makes the same of a body that comes one byte at a time', async () => {
      const results = await Promise.all(
        [1, 1e9].map(async (size) => {
          const out: unknown[] = []
          await run(
            chunked(bytes(20), size),
            make({}),
            sink((row) => out.push(row)),
          )
          return announces || name === 'parseDataValues'
            ? out
            : Buffer.concat(out as Buffer[]).toString('hex')
        }),
      )
      assert.deepEqual(results[0], results[1])
      assert.ok(results[0]?.length)
    })

    it('holds back the source when nobody reads', async () => {
      const source = chunked(bytes(100_000), 1000)
      let sent = 0
      source.on('data', (chunk: Buffer) => {
        sent += chunk.length
      })
      const stage = make({ highWaterMark: 2 })
      const reading = run(source, stage, new Writable({ objectMode: true, write: () => undefined }))
      await turns(200)
      const held = sent
      await turns(200)
      assert.equal(sent, held)
      assert.ok(held > 0 && held < bytes(100_000).length / 2, `${held} bytes`)
      stage.destroy()
      await assert.rejects(reading, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
      assert.ok(source.destroyed)
    })

    it('ends what is before it when a loop over it is left', async () => {
      const source = chunked(bytes(10_000), 1000)
      const stage = make({})
      const line: Readable[] = [source, ...parser(), stage]
      const ended = new Promise((resolve) => callbackPipeline(line as never, resolve))
      for await (const _ of stage) break
      await ended
      assert.ok(line.every(({ destroyed }) => destroyed))
    })

    it('can be piped without pipeline, by then announced or not', async () => {
      const stages = [...parser(), make({})]
      let last: Readable = chunked(bytes(3))
      for (const stage of stages) last = last.pipe(stage)
      let count = 0
      last.on('data', () => {
        count += 1
      })
      await once(last, 'end')
      assert.ok(count > 0)
    })

    it('refuses an option it does not know', () => {
      assert.throws(() => make({ highwatermark: 3 } as StreamOptions), {
        name: 'QueryError',
        message: /highwatermark/,
      })
    })
  })
}

for (const [name, make] of Object.entries(rowTransforms)) {
  it(`${name} announces what it was piped to after the headers were known`, async () => {
    const parser = Readable.from([ofRows.bytes(2)], { objectMode: false }).pipe(parseRows())
    await once(parser, 'headers')
    const stage = parser.pipe(make({})) as Transform & RowStream
    assert.ok(stage.headers)
    assert.equal(stage.metaData?.items?.['a']?.name, 'A')
    assert.ok((await stage.toArray()).length > 0)
  })
}

it('Metadata that comes behind the rows is passed on when it is there', async () => {
  const body = Buffer.from(JSON.stringify({ headers, rows: rowsOf(1), height: 1, metaData }))
  const stages = [castCells(), toObjects(), batchRows(2)]
  await pipeline([
    Readable.from([body], { objectMode: false }),
    parseRows(),
    ...stages,
    sink(() => undefined),
  ])
  for (const stage of stages) assert.deepEqual(stage.metaData, metaData)
})

/** A stage that has learnt its headers from a row stream which is gone. */
function knowingHeaders<T extends Transform>(stage: T): T {
  const source = Object.assign(new Readable({ read: () => undefined }), {
    headers,
    metaData,
    [gives]: 'rows',
  })
  source.pipe(stage)
  source.unpipe(stage)
  return stage
}

function chunked(bytes: Buffer, size = 1e9): Readable {
  function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  return Readable.from(chunks(), { objectMode: false })
}

function sink(take: (row: unknown) => unknown): Writable {
  return new Writable({
    objectMode: true,
    write(row, _, done) {
      take(row)
      done()
    },
  })
}
