import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  GridFormatError,
  type Header,
  parseRows,
  QueryError,
  TruncatedResponseError,
  toCsv,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { chunkings, chunksOf } from '../support/chunks.ts'
import { generated, grids } from '../support/grids.ts'
import { lifecycle, turns } from '../support/lifecycle.ts'

const small = generated({ rows: 300 })
/** 50 MB in one piece. */
const large = generated({ rows: 1_070_000 })

describe('parseRows', () => {
  lifecycle({
    make: (options) => parseRows(options),
    input: chunksOf(small, 2000),
    empty: 'UnexpectedContentError',
  })

  it('gives the rows of each grid in every chunking', async () => {
    for (const grid of Object.values(grids)) {
      const bytes = Buffer.from(JSON.stringify(grid))
      for (const chunks of Object.values(chunkings)) {
        const parser = parseRows()
        const rows = await Readable.from(chunks(bytes)).pipe(parser).toArray()
        assert.deepEqual(rows, grid.rows)
        assert.deepEqual(parser.headers, grid.headers)
        assert.deepEqual(parser.metaData, grid['metaData'])
      }
    }
  })

  for (const [what, rows] of [
    ['before the first row', [['1'], ['2']]],
    ['of a grid without rows', []],
  ] as const) {
    it(`announces the headers once, ${what}`, async () => {
      const events: unknown[] = []
      const parser = parseRows()
      parser.on('headers', (headers: Header[]) => events.push(headers.map(({ name }) => name)))
      parser.on('data', (row) => events.push(row))
      const grid = { headers: [{ name: 'a' }], metaData: { items: {} }, rows }
      await pipeline(Readable.from(chunksOf(Buffer.from(JSON.stringify(grid)), 1)), parser)
      assert.deepEqual(events, [['a'], ...rows])
    })
  }

  it('carries headers and metaData from the event on, and nothing before', async () => {
    const parser = parseRows()
    assert.equal(parser.headers, undefined)
    assert.equal(parser.metaData, undefined)
    const seen: unknown[] = []
    parser.on('headers', () => seen.push(parser.headers, parser.metaData))
    const grid = grids['an aggregate']!
    await Readable.from([Buffer.from(JSON.stringify(grid))])
      .pipe(parser)
      .toArray()
    assert.deepEqual(seen, [grid.headers, grid['metaData']])
  })

  it('carries metaData that comes behind the rows at the end', async () => {
    const parser = parseRows()
    const seen: unknown[] = []
    parser.on('data', () => seen.push(parser.metaData))
    const body = '{"headers":[{"name":"a"}],"rows":[["1"]],"metaData":{"items":{}}}'
    await pipeline(Readable.from([Buffer.from(body)]), parser)
    assert.deepEqual(seen, [undefined])
    assert.deepEqual(parser.metaData, { items: {} })
  })

  it('hands on the rows that were fine before it fails', async () => {
    const bytes = generated({ rows: 20_000 })
    const at = bytes.indexOf('],[', 500_000) + 1
    for (const [cut, type] of [
      [bytes.subarray(0, at), TruncatedResponseError],
      [Buffer.concat([bytes.subarray(0, at), Buffer.from('}'), bytes.subarray(at)]), GridFormatError],
    ] as const) {
      const parser = parseRows()
      const rows: unknown[][] = []
      parser.on('data', (row) => rows.push(row))
      await assert.rejects(pipeline(Readable.from(chunksOf(cut, 10_000)), parser), type)
      const { rows: all } = JSON.parse(bytes.toString()) as { rows: unknown[][] }
      assert.ok(rows.length > 5000)
      assert.deepEqual(rows, all.slice(0, rows.length))
    }
  })

  it('fails with what a listener to its headers throws', async () => {
    const failure = new Error('not these')
    const parser = parseRows().on('headers', () => {
      throw failure
    })
    await assert.rejects(
      pipeline(Readable.from([small]), parser, new Writable({ objectMode: true })),
      failure,
    )
  })

  it('refuses what is no grid', async () => {
    await assert.rejects(
      pipeline(Readable.from([Buffer.from('<html>')]), parseRows()),
      UnexpectedContentError,
    )
  })

  it('keeps to maxBufferedBytes', async () => {
    const bytes = generated({ rows: 10, metaDataBytes: 300_000 })
    const read = (maxBufferedBytes: number) =>
      Readable.from(chunksOf(bytes, 1000)).pipe(parseRows({ maxBufferedBytes })).toArray()
    await assert.rejects(read(100_000), GridFormatError)
    assert.equal((await read(1_000_000)).length, 10)
  })

  it('refuses options that can not be right', () => {
    for (const options of [
      { maxBufferedBytes: 0 },
      { maxBufferedBytes: 1.5 },
      { highWaterMark: -1 },
      { max: 1 },
    ]) {
      assert.throws(() => parseRows(options as object), QueryError)
    }
  })
})

describe('parseRows, in front of a slow sink', () => {
  it('reads no more of its source than it needs to stay ahead', async () => {
    let read = 0
    const source = Readable.from(
      (function* () {
        for (const chunk of chunksOf(large, 65_536)) {
          read += chunk.length
          yield chunk
        }
      })(),
    )
    const parser = parseRows()
    const line = pipeline(source, parser, stuck())
    await turns(50)
    assert.ok(read < 3_000_000, `${read} bytes were read`)
    assert.ok(parser.readableLength < 10_000, `${parser.readableLength} rows wait`)
    parser.destroy(new Error('enough'))
    await assert.rejects(line, /enough/)
  })

  it('makes no more rows of one chunk of 50 MB than it needs to stay ahead', async () => {
    const parser = parseRows()
    const line = pipeline(Readable.from([large]), parser, stuck())
    await turns(50)
    assert.ok(parser.readableLength < 10_000, `${parser.readableLength} rows wait`)
    parser.destroy(new Error('enough'))
    await assert.rejects(line, /enough/)
  })

  it('makes no more CSV of one chunk of 50 MB than it needs to stay ahead', async () => {
    const csv = toCsv()
    const line = pipeline(Readable.from([large]), parseRows(), csv, stuck())
    await turns(50)
    assert.ok(csv.readableLength < 1_000_000, `${csv.readableLength} bytes wait`)
    csv.destroy(new Error('enough'))
    await assert.rejects(line, /enough/)
  })

  it('loses none of them where the sink goes on, by rows or by CSV', async () => {
    let rows = 0
    const slow = new Writable({
      objectMode: true,
      write(_row, _encoding, done) {
        rows += 1
        if (rows % 100_000 === 0) setImmediate(done)
        else done()
      },
    })
    await pipeline(Readable.from([large]), parseRows(), slow)
    assert.equal(rows, 1_070_000)

    let lines = 0
    const slowBytes = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
        setImmediate(done)
      },
    })
    await pipeline(Readable.from([large]), parseRows(), toCsv(), slowBytes)
    assert.equal(lines, 1_070_001)
  })

  it('holds a large body of rows before headers back, and then hands it on as it is taken', async () => {
    const body = generated({ rows: 50_000, keyOrder: ['rows', 'headers'] })
    const parser = parseRows()
    let rows = 0
    await pipeline(
      Readable.from(chunksOf(body, 65_536)),
      parser,
      new Writable({
        objectMode: true,
        highWaterMark: 1,
        write(_row, _encoding, done) {
          rows += 1
          if (rows % 1000 === 0) setImmediate(done)
          else done()
        },
      }),
    )
    assert.equal(rows, 50_000)
  })
})

describe('parseRows, with others listening', () => {
  const bytes = generated({ rows: 3000 })
  const { rows } = JSON.parse(bytes.toString()) as { rows: unknown[][] }

  it('gives rows to a listener, and CSV to the toCsv behind it', async () => {
    const parser = parseRows()
    const heard: unknown[] = []
    parser.on('data', (row) => heard.push(row))
    const csv = await buffer(Readable.from(chunksOf(bytes, 5000)).pipe(parser).pipe(toCsv()))
    const alone = await buffer(Readable.from(chunksOf(bytes, 5000)).pipe(parseRows()).pipe(toCsv()))
    assert.deepEqual(csv, alone)
    assert.deepEqual(heard, rows)
  })

  it('gives rows to who comes in the middle, and goes on with CSV for the toCsv behind it', async () => {
    const parser = parseRows()
    const csv = parser.pipe(toCsv({ header: false }))
    const all = buffer(csv)
    const at = bytes.indexOf('],[', 50_000) + 1
    await written(parser, bytes.subarray(0, at))
    const later: unknown[][] = []
    parser.on('data', (row) => later.push(row))
    await written(parser, bytes.subarray(at))
    parser.end()
    assert.equal((await all).toString().trimEnd().split('\n').length, 3000)
    assert.ok(later.length > 0 && later.length < 3000)
    assert.deepEqual(later, rows.slice(-later.length))
  })
})

/** Takes one thing and never asks for another. */
function stuck(): Writable {
  return new Writable({ objectMode: true, highWaterMark: 1, write: () => undefined })
}

function written(stream: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    stream.write(chunk, () => resolve())
  })
}
