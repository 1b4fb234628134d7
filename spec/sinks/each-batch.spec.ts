import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { batchRows, eachBatch, parseRows, type RowStream, toObjects } from '../../lib/index.ts'
import { failureOf, gridBytes, header } from '../support/stages.ts'

const headers = [header('ou'), header('value', 'NUMBER')]
const rows = Array.from({ length: 25 }, (_, i) => ['o', String(i)])
const source = (): RowStream =>
  Readable.from([gridBytes(headers, rows)], { objectMode: false }).pipe(parseRows())

describe('eachBatch', () => {
  it('gives the rows in batches, the last one smaller, and tells of them', async () => {
    const seen: [number, number, readonly string[]][] = []
    const sink = eachBatch(10, (batch, { rowNumber, headers }) => {
      seen.push([rowNumber, batch.length, headers!.map(({ name }) => name)])
    })
    await pipeline(source(), sink)
    assert.deepEqual(seen, [
      [1, 10, ['ou', 'value']],
      [11, 10, ['ou', 'value']],
      [21, 5, ['ou', 'value']],
    ])
    assert.equal(sink.rowCount, 25)
  })

  it('takes objects, also of others, and calls nobody for none', async () => {
    const seen: unknown[] = []
    await pipeline(
      source().through(toObjects()),
      eachBatch<object>(25, (batch) => seen.push(batch[0])),
    )
    await pipeline(
      Readable.from([{ a: 1 }]),
      eachBatch<object>(2, (batch) => seen.push(...batch)),
    )
    await pipeline(
      Readable.from([]),
      eachBatch(2, () => seen.push('none')),
    )
    assert.deepEqual(seen, [{ ou: 'o', value: '0' }, { a: 1 }])
  })

  it('waits for a batch before it gives the next, and for the last before it is finished', async () => {
    let underway = 0
    let done = 0
    const sink = eachBatch(3, async () => {
      assert.equal(++underway, 1)
      await turn()
      await turn()
      underway -= 1
      done += 1
    })
    await pipeline(source(), sink)
    assert.equal(done, 9)
  })

  it('holds its source back meanwhile', async () => {
    let given = 0
    const endless = Readable.from(
      (function* () {
        for (;;) yield [++given]
      })(),
    )
    const sink = eachBatch(10, (_, { signal }) => once(signal, 'abort'))
    const reading = pipeline(endless, sink)
    for (let i = 0; i < 100; i++) await turn()
    assert.ok(given < 100, `${given} rows`)
    endless.destroy(new Error('enough'))
    await assert.rejects(reading, /enough/)
  })

  for (const at of [1, 2, 3]) {
    for (const [how, fail] of Object.entries({
      throws: (error: unknown) => {
        throw error
      },
      rejects: async (error: unknown) => {
        await turn()
        throw error
      },
    })) {
      it(`fails with the error of its function, which ${how} at batch ${at}`, async () => {
        const error = new Error('the table is full')
        let calls = 0
        const sink = eachBatch(10, () => (++calls === at ? fail(error) : undefined))
        const from = source()
        await assert.rejects(pipeline(from, sink), error)
        assert.deepEqual([calls, sink.rowCount], [at, (at - 1) * 10])
        assert.ok(from.destroyed)
      })
    }
  }

  for (const thrown of [undefined, null, false, 0, '']) {
    it(`fails where its function rejects with ${String(thrown) || "''"}`, async () => {
      const error = await failureOf(
        pipeline(
          source(),
          eachBatch(10, async () => Promise.reject(thrown)),
        ),
      )
      assert.match(String(error), /eachBatch threw .* says nothing of what went wrong/)
    })
  }

  it('refuses a generator, of which nothing would run', async () => {
    const functions = [
      function* () {
        yield
      },
      async function* () {
        yield
      },
    ]
    for (const fn of functions) {
      await assert.rejects(pipeline(source(), eachBatch(10, fn)), {
        name: 'QueryError',
        message: /must not be a generator/,
      })
    }
  })

  it('tells a batch under way that the pipeline failed, and closes when it is done', async () => {
    const from = new Readable({ objectMode: true, read: () => undefined })
    let settled = false
    const sink = eachBatch(1, async (_, { signal }) => {
      await once(signal, 'abort')
      await turn()
      settled = true
    })
    const reading = pipeline(from, sink)
    from.push(['a'])
    await turn()
    const failure = new Error('lost')
    from.destroy(failure)
    await assert.rejects(reading, failure)
    if (!sink.closed) await new Promise((resolve) => sink.on('close', resolve))
    assert.ok(settled)
  })

  it('does not wait for ever for a batch that is stuck', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const abort = new AbortController()
    const sink = eachBatch(10, () => new Promise(() => undefined))
    const reading = pipeline(source(), sink, { signal: abort.signal })
    while (sink.writableLength === 0) await turn()
    abort.abort()
    await turn()
    assert.ok(!sink.closed)
    t.mock.timers.tick(5000)
    await assert.rejects(reading, { name: 'AbortError' })
  })

  it('is aborted by its signal', async () => {
    const abort = new AbortController()
    const sink = eachBatch(1, () => abort.abort(), { signal: abort.signal })
    await assert.rejects(pipeline(source(), sink), { name: 'AbortError' })
  })

  it('refuses bytes, batches, a second stream, and options that can not be right', async () => {
    const none = () => undefined
    const bytes = () => Readable.from([gridBytes(headers, rows)])
    await assert.rejects(pipeline(bytes(), eachBatch(2, none)), /eachBatch takes rows or objects, not bytes/)
    await assert.rejects(pipeline(source().through(batchRows(2)), eachBatch(2, none)), /one by one/)
    const used = eachBatch(2, none)
    await pipeline(source(), used)
    await assert.rejects(pipeline(source(), used))
    for (const size of [0, 1.5, Number.NaN, '1' as never]) {
      assert.throws(() => eachBatch(size, none), { name: 'QueryError', message: /eachBatch: size/ })
    }
    assert.throws(() => eachBatch(1, 'fn' as never), {
      name: 'QueryError',
      message: /fn: must be a function/,
    })
  })
})
