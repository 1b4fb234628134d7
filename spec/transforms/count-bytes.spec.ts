import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { demoToken, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { countBytes, Dhis2Client, type Progress, personalAccessToken, QueryError } from '../../lib/index.ts'
import { lifecycle } from '../support/lifecycle.ts'

const chunks = ['one', 'two', 'three', 'four', 'five'].map((text) => Buffer.from(text))
const length = Buffer.concat(chunks).length

describe('countBytes', () => {
  lifecycle({ make: (options) => countBytes(options), input: chunks, empty: 'end' })

  it('passes the same bytes on and counts them', async () => {
    const counter = countBytes()
    assert.deepEqual(await buffer(Readable.from(chunks).pipe(counter)), Buffer.concat(chunks))
    assert.equal(counter.transferredBytes, length)
  })

  it('reports each chunk and then the end, where nothing throttles it', async () => {
    const reports = await reportsOf(chunks, { intervalMs: 0 })
    assert.deepEqual(
      reports.map(({ transferredBytes }) => transferredBytes),
      [3, 6, 11, 15, 19, 19],
    )
    assert.deepEqual(
      reports.map(({ done }) => done),
      [false, false, false, false, false, true],
    )
  })

  it('reports the first chunk and the end, however long the interval', async () => {
    const reports = await reportsOf(chunks, { intervalMs: 1_000_000 })
    assert.deepEqual(reports, [
      { transferredBytes: 3, done: false },
      { transferredBytes: length, done: true },
    ])
  })

  it('reports the end of an empty body', async () => {
    assert.deepEqual(await reportsOf([], {}), [{ transferredBytes: 0, done: true }])
  })

  it('reports no end where there was none', async () => {
    const reports: Progress[] = []
    const counter = countBytes({ intervalMs: 0, onProgress: (progress) => reports.push(progress) })
    const cut = async function* () {
      yield chunks[0]!
      throw new Error('cut')
    }
    await assert.rejects(pipeline(cut, counter, buffer), /cut/)
    assert.deepEqual(reports, [{ transferredBytes: 3, done: false }])
  })

  it('tells how many bytes will come, where it is told', async () => {
    const [first, last] = await reportsOf(chunks, { intervalMs: 1_000_000, totalBytes: 40 })
    assert.equal(first?.totalBytes, 40)
    assert.equal(last?.totalBytes, 40)
  })

  it('knows it of the response it stands behind, and of a compressed one does not', async () => {
    for (const compress of [[], 'gzip'] as const) {
      await using server = await startDhis2({ rows: 500, compress })
      await using client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
      const reports: Progress[] = []
      const counter = countBytes({ onProgress: (progress) => reports.push(progress) })
      const body = client.analytics.stream({ dx: 'a', pe: '2024', ou: 'b' })
      const { length } = await buffer(body.pipe(counter))
      assert.deepEqual(reports.at(-1), {
        transferredBytes: length,
        done: true,
        ...(compress === 'gzip' ? {} : { totalBytes: length }),
      })
    }
  })

  for (const [when, throwing] of [
    ['at a chunk', () => true],
    ['at the end', ({ done }: Progress) => done],
  ] as const) {
    it(`fails with what onProgress throws ${when}`, async () => {
      const failure = new Error('no more of this')
      const counter = countBytes({
        intervalMs: 0,
        onProgress: (progress) => {
          if (throwing(progress)) throw failure
        },
      })
      await assert.rejects(pipeline(Readable.from(chunks), counter, buffer), failure)
    })
  }

  const falsy = [undefined, null, 0, -0, 0n, '', false, Number.NaN]
  for (const [how, fail] of [
    [
      'throws',
      (thrown: unknown) => {
        throw thrown
      },
    ],
    ['rejects with', (thrown: unknown) => Promise.reject(thrown)],
  ] as const) {
    for (const thrown of falsy) {
      for (const at of ['a chunk', 'the end']) {
        it(`fails where onProgress ${how} ${inspect(thrown)} at ${at}, with an Error that says so`, async () => {
          const onProgress = ({ done }: Progress) => (done === (at === 'the end') ? fail(thrown) : undefined)
          const counter = countBytes({ intervalMs: 0, onProgress })
          await assert.rejects(pipeline(Readable.from(chunks), counter, buffer), (error) => {
            assert.ok(error instanceof Error)
            assert.match(error.message, /^onProgress threw /)
            assert.ok(error.message.includes(` ${inspect(thrown)},`), error.message)
            assert.ok(Object.is(error.cause, thrown))
            return true
          })
        })
      }
    }

    it(`fails with what onProgress ${how}, be it an Error or not`, async () => {
      for (const thrown of [new TypeError('mine'), 'text', 7, { code: 'MINE' }]) {
        const counter = countBytes({ onProgress: () => fail(thrown) })
        await assert.rejects(pipeline(Readable.from(chunks), counter, buffer), (error) => error === thrown)
      }
    })
  }

  it('waits for a promise of onProgress, and passes no byte before it', async () => {
    const seen: string[] = []
    const onProgress = async ({ done }: Progress) => {
      await new Promise(setImmediate)
      seen.push(done ? 'told of the end' : 'told')
    }
    await pipeline(Readable.from(chunks), countBytes({ intervalMs: 0, onProgress }), async (bytes) => {
      for await (const chunk of bytes) seen.push(String(chunk))
    })
    assert.deepEqual(seen, [...chunks.flatMap((chunk) => ['told', String(chunk)]), 'told of the end'])
  })

  it("is destroyed while onProgress takes its time, and what that rejects with then is nobody's", async () => {
    const abort = new AbortController()
    const late = new Promise((resolve) => setTimeout(resolve, 20))
    const onProgress = async () => {
      abort.abort()
      await late
      throw new Error('late')
    }
    const line = pipeline(Readable.from(chunks), countBytes({ onProgress }), buffer, { signal: abort.signal })
    await assert.rejects(line, { name: 'AbortError' })
    await late
    await new Promise(setImmediate)
  })

  it('refuses options that can not be right', () => {
    const wrong: Record<string, unknown>[] = [
      { onProgress: 'print' },
      { intervalMs: -1 },
      { intervalMs: Number.NaN },
      { totalBytes: '40' },
      { signal: {} },
      { highWaterMark: 0 },
      { onprogress: () => undefined },
    ]
    for (const options of wrong) {
      const name = Object.keys(options)[0]!
      assert.throws(
        () => countBytes(options),
        (error) => error instanceof QueryError && error.message.includes(name),
      )
    }
  })
})

async function reportsOf(
  input: Iterable<Buffer>,
  options: { intervalMs?: number; totalBytes?: number },
): Promise<Progress[]> {
  const reports: Progress[] = []
  await pipeline(
    Readable.from(input),
    countBytes({ ...options, onProgress: (progress) => reports.push(progress) }),
    buffer,
  )
  return reports
}
