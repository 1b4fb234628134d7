import assert from 'node:assert/strict'
import { Readable, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { CsvTaker } from '../../lib/csv/csv-taker.ts'
import {
  castCells,
  countBytes,
  type Dhis2Client,
  mapRows,
  parseRows,
  type Row,
  toCsv,
} from '../../lib/index.ts'
import type { Taker } from '../../lib/json/taker.ts'
import { Slice } from '../../lib/rows/slices.ts'
import { Stage } from '../../lib/rows/stage.ts'
import { Upstream } from '../../lib/rows/upstream.ts'
import { type Gives, gives } from '../../lib/streams/gives.ts'
import { connected, question } from '../support/connected.ts'
import { gridBytes, header } from '../support/stages.ts'

/** A taker that knows no bytes, and makes the sum of the second cells. */
class SumTaker implements Taker<number> {
  rowCount = 0
  readonly closed = false
  #sum = 0

  run(_bytes: Buffer, from: number): number {
    return from
  }

  add(row: Row): void {
    this.rowCount += 1
    this.#sum += Number(row[1])
  }

  take(): number {
    const sum = this.#sum
    this.#sum = 0
    return sum
  }
}

/** Adds up, of slices where it gets them and of rows where it does not. */
class Sum extends Stage {
  readonly [gives]: Gives = 'rows'
  readonly seen = { slices: 0, rows: 0 }
  rowCount = 0
  #sum = 0

  constructor() {
    super({ objectMode: true })
    new Upstream(this, 'sum', 'rows', { taker: new SumTaker() })
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    if (row instanceof Slice) {
      this.seen.slices += 1
      this.rowCount = row.rowCount
      this.#sum += row.value
    } else {
      this.seen.rows += 1
      this.rowCount += 1
      this.#sum += Number((row as Row)[1])
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#sum)
  }
}

const headers = [header('ou'), header('value', 'NUMBER')]
const rows = Array.from({ length: 10_000 }, (_, i) => ['o', String(i)])
const total = (10_000 * 9_999) / 2
const body = (chunkSize = 10_000) => {
  const bytes = gridBytes(headers, rows)
  const chunks = function* () {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize)
  }
  return Readable.from(chunks(), { objectMode: false })
}

describe('a stage that has a taker of its own', () => {
  it('gets what that makes of the rows, directly behind parseRows', async () => {
    const sum = new Sum()
    assert.deepEqual(await body().pipe(parseRows()).pipe(sum).toArray(), [total])
    assert.ok(sum.seen.slices > 1)
    assert.deepEqual([sum.seen.rows, sum.rowCount], [0, rows.length])
  })

  it('gets rows behind any other stage, or beside another reader', async () => {
    const behind = new Sum()
    await pipeline(
      body(),
      parseRows(),
      mapRows((row) => row),
      behind.resume(),
    )
    assert.deepEqual(behind.seen, { slices: 0, rows: rows.length })
    const beside = new Sum()
    const parser = body().pipe(parseRows())
    parser.on('data', () => undefined)
    assert.deepEqual(await parser.pipe(beside).toArray(), [total])
    assert.deepEqual(beside.seen, { slices: 0, rows: rows.length })
  })

  it('gets rows and slices in their order where another reader comes and goes', async () => {
    const sum = new Sum()
    const parser = body(1000).pipe(parseRows())
    const listener = () => undefined
    let count = 0
    sum.on('pipe', () => undefined)
    const reading = parser.pipe(sum).toArray()
    const turn = setInterval(() => {
      if (++count % 2) parser.on('data', listener)
      else parser.off('data', listener)
    }, 0)
    assert.deepEqual(await reading, [total])
    clearInterval(turn)
  })
})

describe('the fast way from bytes to CSV', () => {
  const lines: Record<string, (client: Dhis2Client) => Readable[]> = {
    'stream, parseRows, toCsv': ({ analytics }) => [analytics.stream(question), parseRows(), toCsv()],
    'stream, countBytes, parseRows, toCsv': ({ analytics }) => [
      analytics.stream(question),
      countBytes(),
      parseRows(),
      toCsv({ delimiter: ';', bom: true, header: 'column' }),
    ],
    'rows, toCsv, countBytes': ({ analytics }) => [analytics.rows(question), toCsv(), countBytes()],
    'rows.through(toCsv)': ({ analytics }) => [analytics.rows(question).through(toCsv())],
    'sqlViews.rows, toCsv': ({ sqlViews }) => [sqlViews.rows('dI68mLkP1wN'), toCsv()],
  }
  for (const [what, line] of Object.entries(lines)) {
    it(`is taken by ${what}`, async (t) => {
      const { client } = await connected(t, { rows: 5000 })
      const taken = takenByCsv(t)
      let bytes = 0
      const counting = async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) bytes += chunk.length
      }
      const streams = line(client)
      await pipeline([...streams, counting] as never)
      const written = streams.find((stream) => (stream as { byteCount?: number }).byteCount !== undefined)
      const { rowCount, byteCount } = (written ?? streams.at(-1)) as unknown as ReturnType<typeof toCsv>
      assert.ok(rowCount > 2)
      assert.equal(byteCount, bytes)
      assert.equal(taken(), rowCount)
    })
  }

  it('is not taken where cells are to be looked at', async (t) => {
    const { client } = await connected(t, { rows: 500 })
    const taken = takenByCsv(t)
    await pipeline(client.analytics.rows(question).through(castCells()), toCsv(), async (source) => {
      for await (const _ of source);
    })
    assert.equal(taken(), 0)
  })
})

/** How many rows went straight to CSV, from here on. */
function takenByCsv(t: { after(fn: () => void): void }): () => number {
  const { take } = CsvTaker.prototype
  let rows = 0
  const before = new WeakMap<CsvTaker, number>()
  CsvTaker.prototype.take = function () {
    rows += this.rowCount - (before.get(this) ?? 0)
    before.set(this, this.rowCount)
    return take.call(this)
  }
  t.after(() => {
    CsvTaker.prototype.take = take
  })
  return () => rows
}
