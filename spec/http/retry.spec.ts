import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { demoBearer, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { delayMs, retryPolicy } from '../../lib/http/retry.ts'
import { bearerToken, Dhis2Client, type RetryOptions } from '../../lib/index.ts'
import { eventually } from '../support/leaks.ts'

describe('the wait before the next attempt', () => {
  const policy = retryPolicy({ baseDelayMs: 100, backoffFactor: 3, maxDelayMs: 2000, jitter: false })

  it('grows by the factor up to the maximum', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 50].map((n) => delayMs(policy, n)),
      [100, 300, 900, 2000, 2000],
    )
  })

  it('is by default half a second, doubled, up to 30 seconds, less up to a half', () => {
    for (const [n, full] of [
      [1, 500],
      [2, 1000],
      [9, 30_000],
    ] as const) {
      const delay = delayMs(retryPolicy(), n)
      assert.ok(delay <= full && delay >= Math.min(500 * 2 ** (n - 1) * 0.5, full), `${n}: ${delay}`)
    }
  })

  it('is left to chance as far as jitter says', () => {
    const delays = (jitter: boolean | number) =>
      Array.from({ length: 200 }, () => delayMs(retryPolicy(policy, { jitter }), 1))
    assert.ok(delays(1).some((delay) => delay < 50))
    assert.ok(delays(true).every((delay) => delay >= 50 && delay <= 100))
    assert.ok(delays(0).every((delay) => delay === 100))
  })

  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()
  const headers: [retryAfter: string, low: number, high: number][] = [
    ['0', 0, 0],
    ['1', 1000, 1000],
    [' 2 ', 2000, 2000],
    ['7', 2000, 2000],
    ['99999', 2000, 2000],
    ['9'.repeat(400), 2000, 2000],
    [inSeconds(2), 1, 2000],
    [inSeconds(3600), 2000, 2000],
    [inSeconds(-60), 100, 100],
    ['-1', 100, 100],
    ['1.5e', 100, 100],
    ['soon', 100, 100],
    ['', 100, 100],
  ]
  for (const [retryAfter, low, high] of headers) {
    it(`under Retry-After: ${retryAfter.slice(0, 40)} is between ${low} and ${high} ms`, () => {
      const delay = delayMs(policy, 1, retryAfter)
      assert.ok(delay >= low && delay <= high, String(delay))
    })
  }

  it('of a layer that says nothing is that of the layer below, and false is a single attempt', () => {
    assert.deepEqual(retryPolicy(policy, { attempts: undefined }, undefined), policy)
    assert.equal(retryPolicy(policy, false).attempts, 1)
    assert.equal(retryPolicy(false, { attempts: 4 }).attempts, 4)
  })
})

describe('retries', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 5 })
  })
  after(() => server.close())
  const auth = bearerToken(demoBearer)
  const clientOf = (retry?: RetryOptions | false) => new Dhis2Client({ baseUrl: server.url, auth, retry })
  const sent = async (action: () => Promise<unknown>) => {
    const before = server.requests.length
    await action()
    return server.requests.length - before
  }

  it('are as many as attempts says, the first included, and the last error is told', async () => {
    await using client = clientOf({ attempts: 4, baseDelayMs: 1 })
    server.misbehave({ status: 503, times: 3 }, { status: 504 })
    const count = await sent(() =>
      assert.rejects(client.system.info(), { code: 'ERR_DHIS2_API', httpStatus: 504 }),
    )
    assert.equal(count, 4)
  })

  it('are none with retry: false, of the client or of one call', async () => {
    await using never = clientOf(false)
    await using usually = clientOf({ baseDelayMs: 1 })
    server.misbehave({ status: 503, times: 2 })
    assert.equal(await sent(() => assert.rejects(never.system.info(), { httpStatus: 503 })), 1)
    assert.equal(
      await sent(() => assert.rejects(usually.system.info({ retry: false }), { httpStatus: 503 })),
      1,
    )
    server.misbehave({ status: 503 })
    assert.equal(await sent(() => never.system.info({ retry: { attempts: 2, baseDelayMs: 1 } })), 2)
  })

  it('are for the statuses given and no others', async () => {
    await using client = clientOf({ statuses: [500], baseDelayMs: 1 })
    server.misbehave({ status: 500 })
    assert.equal(await sent(() => client.system.info()), 2)
    server.misbehave({ status: 503 })
    assert.equal(await sent(() => assert.rejects(client.system.info(), { httpStatus: 503 })), 1)
  })

  it('are not for connection failures alone: a budget is shared by all that goes wrong', async () => {
    await using client = clientOf({ attempts: 3, baseDelayMs: 1 })
    server.misbehave({ destroyBeforeHeaders: true }, { status: 429 }, { destroyBeforeHeaders: true })
    assert.equal(await sent(() => assert.rejects(client.system.info(), { code: 'ERR_CONNECTION' })), 3)
  })

  for (const retryAfter of ['99999', '-1', 'garbage']) {
    it(`never wait beyond maxDelayMs, also under Retry-After: ${retryAfter}`, {
      timeout: 10_000,
    }, async () => {
      await using client = clientOf({ maxDelayMs: 5 })
      server.misbehave({ status: 503, headers: { 'retry-after': retryAfter } })
      assert.equal(await sent(() => client.system.info()), 2)
    })
  }

  it('end at once with an AbortError when they are aborted while they wait', {
    timeout: 10_000,
  }, async () => {
    await using client = clientOf({ baseDelayMs: 30_000, jitter: false })
    const abort = new AbortController()
    server.misbehave({ status: 503 })
    const before = server.requests.length
    const failed = assert.rejects(client.analytics.aggregate({}, { signal: abort.signal }), {
      name: 'AbortError',
    })
    await eventually(() => server.requests.length > before, 'the request is there')
    setTimeout(() => abort.abort(), 20)
    await failed
    assert.equal(server.requests.length, before + 1)
  })

  it('end with a ClientClosedError when the client is closed while they wait', {
    timeout: 10_000,
  }, async () => {
    const client = clientOf({ baseDelayMs: 30_000, jitter: false })
    server.misbehave({ status: 503 })
    const before = server.requests.length
    const failed = assert.rejects(client.system.info(), { code: 'ERR_CLIENT_CLOSED' })
    await eventually(() => server.requests.length > before, 'the request is there')
    setTimeout(() => client.close(), 20)
    await failed
  })
})
