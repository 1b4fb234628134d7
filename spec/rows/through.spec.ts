import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable, Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import {
  batchRows,
  castCells,
  filterRows,
  mapRows,
  parseRows,
  type Row,
  type RowStream,
  selectColumns,
  toCsv,
  toObjects,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { announcedRows, gridBytes, header } from '../support/stages.ts'

const headers = [header('ou'), header('value', 'NUMBER')]
const rows = Array.from({ length: 100 }, (_, i) => ['o', String(i)])
const mine = new Error('mine')

/** A row stream, and what is in front of it. */
function source(): { bytes: Readable; rows: RowStream } {
  const bytes = Readable.from([gridBytes(headers, rows)], { objectMode: false })
  return { bytes, rows: bytes.pipe(parseRows()) }
}

const throwing = () =>
  mapRows((row: Row) => {
    if (row[1] === 50) throw mine
    return row
  })
const doubled = () =>
  new Transform({
    objectMode: true,
    transform(row: Row, _, done) {
      done(null, [...row])
    },
  })

async function read(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = []
  for await (const each of stream) out.push(each)
  return out
}

describe('rows.through()', () => {
  it('gives what the last stage makes, and announces its headers', async () => {
    const made = source().rows.through(castCells(), selectColumns(['value']), toObjects())
    assert.deepEqual(
      await read(made),
      rows.map(([, value]) => ({ value: Number(value) })),
    )
    assert.deepEqual(made.headers, [headers[1]])
    assert.equal(made.rowCount, rows.length)
  })

  it('goes on from there', async () => {
    const made = source().rows.through(castCells()).through(toObjects()).through(batchRows(30))
    assert.deepEqual(
      (await read(made)).map((batch) => (batch as unknown[]).length),
      [30, 30, 30, 10],
    )
    assert.equal(made.rowCount, rows.length)
  })

  it('takes a pipeline further, with the header line of no rows', async () => {
    const empty = Readable.from([gridBytes(headers, [])], { objectMode: false }).pipe(parseRows())
    assert.equal(await pipeline(empty.through(castCells()), toCsv(), text), 'ou,value\n')
  })

  it('takes more stages than pipeline has types for, and a function at the end', async () => {
    const keep = () => filterRows<Row>(() => true)
    const chain = source().rows.through(keep(), keep(), keep(), castCells(), keep(), keep(), toObjects())
    const seen = await pipeline(chain, async (objects) => {
      let sum = 0
      for await (const object of objects) sum += Number(object['value'])
      return sum
    })
    assert.equal(seen, 4950)
  })

  it('asks nothing before it is read', async (t) => {
    const { client, server } = await connected(t)
    const made = client.analytics.rows(question).through(castCells(), toObjects())
    await turn()
    await turn()
    assert.equal(server.requests.length, 0)
    assert.ok((await read(made)).length)
    assert.equal(server.requests.length, 1)
  })

  it('refuses to be no stage, as do stages that fit nowhere', async () => {
    const none = source().rows.through as unknown as () => unknown
    assert.throws(() => none(), { name: 'QueryError', message: /at least one stage/ })
    await assert.rejects(read(source().rows.through(batchRows(2), toObjects())), { name: 'QueryError' })
    await assert.rejects(read(source().rows.through(toCsv(), toObjects())), { name: 'QueryError' })
  })
})

describe('rows.through() fails with the first error', () => {
  const chains: Record<string, (rows: RowStream) => AsyncIterable<unknown>> = {
    'of its last stage': (from) => from.through(castCells(), throwing()),
    'of a stage in the middle': (from) => from.through(castCells(), throwing(), toObjects(), batchRows(2)),
    'of a foreign stage': (from) =>
      from.through(
        castCells(),
        new Transform({ objectMode: true, transform: (_row, _encoding, done) => done(mine) }),
      ),
    'of a foreign stage in the middle': (from) =>
      from.through(
        new Transform({ objectMode: true, transform: (_row, _encoding, done) => done(mine) }),
        mapRows((row) => row),
      ),
    'of a generator': (from) =>
      from.through(castCells(), async function* (cast) {
        for await (const row of cast) {
          if (row[1] === 50) throw mine
          yield row
        }
      }),
  }
  for (const [what, chain] of Object.entries(chains)) {
    it(what, async () => {
      const { rows } = source()
      await assert.rejects(read(chain(rows)), mine)
      await turn()
      await turn()
      assert.ok(rows.destroyed)
    })

    it(`${what}, in a pipeline`, async () => {
      await assert.rejects(
        pipeline(chain(source().rows), new PassThrough({ objectMode: true }).resume()),
        mine,
      )
    })
  }

  it('of the server', async (t) => {
    const { client, server } = await connected(t, {}, { retry: false })
    server.misbehave({ status: 503 })
    await assert.rejects(read(client.analytics.rows(question).through(castCells(), toObjects())), {
      name: 'Dhis2ApiError',
      httpStatus: 503,
    })
  })

  it('of a source that is destroyed', async () => {
    const { rows } = source()
    const made = rows.through(castCells(), toObjects())
    rows.destroy(mine)
    await assert.rejects(read(made), mine)
  })

  it('where a signal aborts the call', async (t) => {
    const { client } = await connected(t)
    const abort = new AbortController()
    const made = client.analytics.rows(question, { signal: abort.signal }).through(castCells(), toObjects())
    await assert.rejects(
      (async () => {
        for await (const _ of made) abort.abort()
      })(),
      { name: 'AbortError' },
    )
  })
})

describe('rows.through() that is left', () => {
  it('ends all its stages', async () => {
    const from = source()
    const stages = [castCells(), doubled(), toObjects()] as const
    for await (const _ of from.rows.through(
      stages[0],
      stages[1],
      mapRows((row) => row),
    ))
      break
    await turn()
    await turn()
    assert.ok(from.rows.destroyed && stages[0].destroyed && stages[1].destroyed)
  })

  it('ends all its stages where it is destroyed before it was read', async () => {
    const { rows } = source()
    const stage = castCells()
    const made = rows.through(stage, toObjects())
    made.destroy()
    await once(made, 'close')
    await turn()
    await turn()
    assert.ok(rows.destroyed && stage.destroyed)
  })

  it('keeps the error of a function that reads it', async () => {
    const failing = async (all: AsyncIterable<unknown>) => {
      for await (const _ of all) throw mine
    }
    await assert.rejects(pipeline(source().rows.through(castCells(), toObjects()), failing), mine)
    await assert.rejects(pipeline(source().rows.through(castCells(), doubled()), failing), mine)
  })
})

describe('rows.through() with stages of others', () => {
  it('gives a row stream of which nobody knows the headers, until they are said again', async () => {
    const made = source().rows.through(castCells(), doubled())
    const named = made.through(mapRows((row) => row as Row, { headers: ['a', 'b'] }))
    assert.equal((await text(named.through(toCsv()))).split('\n')[0], 'a,b')
    assert.equal(made.rowCount, rows.length)
    assert.equal(made.headers, undefined)
  })

  it('gives bytes where the last makes bytes', async () => {
    const chunks: Buffer[] = []
    const zipped = source().rows.through(toCsv(), createGzip()) as AsyncIterable<unknown>
    for await (const chunk of zipped) chunks.push(chunk as Buffer)
    assert.equal(gunzipSync(Buffer.concat(chunks)).toString().split('\n').length, 102)
  })

  it('comes of any row stream', async () => {
    const stream = announcedRows(headers, rows)
    assert.equal(
      (
        await stream
          .pipe(mapRows((row) => row))
          .through(toObjects())
          .toArray()
      ).length,
      100,
    )
  })
})
