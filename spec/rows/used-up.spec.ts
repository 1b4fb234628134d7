import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  castCells,
  countBytes,
  eachBatch,
  mapRows,
  parseRows,
  type Row,
  type RowStream,
  toCsv,
  toFile,
  toNdjson,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { gridBytes, header } from '../support/stages.ts'

const headers = [header('ou'), header('value', 'NUMBER')]
const rows = Array.from({ length: 100 }, (_, i) => ['o', String(i)])
const source = (): RowStream =>
  Readable.from([gridBytes(headers, rows)], { objectMode: false }).pipe(parseRows())

async function* bytes() {
  yield gridBytes(headers, rows)
}

async function* objects() {
  for (const [ou, value] of rows) yield { ou, value }
}

describe('a stage that has ended, behind an iterable, which does not pipe', () => {
  const stages: Record<string, [() => AsyncIterable<unknown>, () => Writable]> = {
    parseRows: [bytes, () => parseRows().resume()],
    countBytes: [bytes, () => countBytes().resume()],
    mapRows: [objects, () => mapRows((row) => row).resume()],
    toCsv: [objects, () => toCsv().resume()],
    toNdjson: [objects, () => toNdjson().resume()],
    eachBatch: [objects, () => eachBatch(10, () => undefined)],
  }
  for (const [who, [from, stage]] of Object.entries(stages)) {
    it(`refuses: ${who}`, async () => {
      const used = stage()
      await pipeline(from(), used)
      await assert.rejects(pipeline(from(), used), { name: 'QueryError', message: /has ended already/ })
    })
  }

  it('refuses: toFile', async (t) => {
    const used = toFile(`${await emptyDirectory(t)}/grid.json`)
    await pipeline(bytes(), used)
    await assert.rejects(pipeline(bytes(), used), { name: 'QueryError', message: /has ended already/ })
  })
})

describe('a stream that was left', () => {
  const ways: Record<string, (left: RowStream) => Promise<unknown>> = {
    'for await': (left) => left.toArray(),
    pipe: (left) => text(left.pipe(toCsv())),
    pipeline: (left) => pipeline(left, toCsv(), text),
    through: (left) => left.through(castCells()).toArray(),
  }
  for (const [how, read] of Object.entries(ways)) {
    it(`has nothing more, and says so: ${how}`, async () => {
      const left = source()
      for await (const _ of left) break
      await assert.rejects(read(left), { name: 'QueryError', message: /left, before its end/ })
    })
  }
})

describe('rows that are first read when the client is closed', () => {
  const ways: Record<string, (rows: RowStream) => Promise<unknown>> = {
    'for await': (read) => read.toArray(),
    pipeline: (read) => pipeline(read, toCsv(), text),
    through: (read) => read.through(castCells()).toArray(),
  }
  for (const [how, read] of Object.entries(ways)) {
    it(`say that it is: ${how}`, async (t) => {
      const { client } = await connected(t)
      const asked = client.analytics.rows(question)
      await client.close()
      await assert.rejects(read(asked), { name: 'ClientClosedError' })
    })

    it(`say that it is, in the same turn: ${how}`, async (t) => {
      const { client } = await connected(t)
      const reading = read(client.analytics.rows(question))
      const closing = client.close()
      await assert.rejects(reading, { name: 'ClientClosedError' })
      await closing
    })
  }
})

describe('rows.through()', () => {
  const through = (...stages: unknown[]) =>
    (source().through as (...stages: unknown[]) => RowStream)(...stages)

  it('refuses sinks, and what is no stage', async (t) => {
    const file = toFile(`${await emptyDirectory(t)}/grid.csv`)
    for (const stage of [file, eachBatch(1, () => undefined), {}, null, [castCells()]]) {
      assert.throws(() => through(castCells(), stage), {
        name: 'QueryError',
        message: /stages are transforms/,
      })
    }
  })

  it('refuses a stage that has ended', async () => {
    const used = mapRows((row: Row) => row)
    await source().through(used).toArray()
    const destroyed = castCells().destroy()
    for (const stage of [used, destroyed]) {
      assert.throws(() => through(stage, castCells()), { name: 'QueryError', message: /ended already/ })
    }
  })

  it('fails with the error of a stage that has failed', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(through(castCells({ signal }), castCells()).toArray(), { name: 'AbortError' })
    const failed = castCells()
    failed.destroy(new Error('mine'))
    await assert.rejects(once(failed, 'close'), /mine/)
    await assert.rejects(through(failed, castCells()).toArray(), /mine/)
  })
})

describe('a signal that is aborted already', () => {
  it('ends a sink', async (t) => {
    const signal = AbortSignal.abort()
    const file = toFile(`${await emptyDirectory(t)}/grid.csv`, { signal })
    await assert.rejects(once(file, 'close'), { name: 'AbortError' })
    const batches = eachBatch(1, () => undefined, { signal })
    await assert.rejects(once(batches, 'close'), { name: 'AbortError' })
  })
})

describe('an AbortError of a function of the user', () => {
  const aborted = () => new DOMException('This operation was aborted', 'AbortError')

  it('is told as any other', async () => {
    const failing = () =>
      mapRows(() => {
        throw aborted()
      })
    await assert.rejects(pipeline(source(), failing(), toNdjson(), text), aborted())
    const heard = once(source().through(failing()).resume(), 'end')
    await assert.rejects(heard, aborted())
  })

  it('is told of an auth', async (t) => {
    const auth = {
      headers() {
        throw aborted()
      },
    }
    const { client } = await connected(t, {}, { auth })
    await assert.rejects(client.analytics.aggregate(question), aborted())
    await assert.rejects(client.analytics.rows(question).toArray(), aborted())
  })
})

describe('text that a listener throws in place of an error', () => {
  it('is heard as it is', async (t) => {
    const { client } = await connected(t)
    const reading = client.analytics.stream(question)
    reading.on('data', () => {
      throw 'mine'
    })
    await new Promise<void>((resolve) => {
      reading.on('error', (error: unknown) => {
        assert.equal(error, 'mine')
        resolve()
      })
    })
  })
})
