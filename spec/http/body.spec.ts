import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { demoToken, type Encoding, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { type ClientOptions, Dhis2Client, personalAccessToken, type ResponseInfo } from '../../lib/index.ts'
import { eventually, warningsOf } from '../support/leaks.ts'

const rows = 10_000
const query = { dx: 'a', pe: '202401', ou: 'b' }
const auth = personalAccessToken(demoToken)

describe('the body of a response', () => {
  let server: StandIn
  let large: StandIn
  let whole: Buffer
  before(async () => {
    server = await startDhis2({ rows })
    large = await startDhis2({ rows: 500_000 })
    await using client = clientOf()
    whole = Buffer.concat(await client.analytics.stream(query).toArray())
  })
  after(() => Promise.all([server.close(), large.close()]))
  const clientOf = (options: Partial<ClientOptions> = {}) =>
    new Dhis2Client({ baseUrl: server.url, auth, ...options })

  it('is what JSON.parse takes, and says its length', async () => {
    assert.equal((JSON.parse(whole.toString()) as { height: number }).height, rows)
    await using client = clientOf()
    const stream = client.analytics.stream(query)
    const told: ResponseInfo[] = []
    stream.on('response', (info: ResponseInfo) => {
      told.push(info)
      assert.equal(stream.readableLength, 0)
    })
    assert.deepEqual(Buffer.concat(await stream.toArray()), whole)
    assert.equal(told.length, 1)
    assert.equal(told[0]?.status, 200)
    assert.equal(told[0]?.contentLength, whole.length)
    assert.equal(told[0]?.headers['content-type'], 'application/json')
    assert.equal(stream.contentLength, whole.length)
  })

  for (const encoding of ['gzip', 'deflate', 'br'] as Encoding[]) {
    it(`is decoded from ${encoding}, and its length is not told`, async () => {
      await using proxy = await startDhis2({ rows, compress: encoding })
      await using client = new Dhis2Client({ baseUrl: proxy.url, auth })
      const stream = client.analytics.stream(query)
      assert.deepEqual(Buffer.concat(await stream.toArray()), whole)
      assert.equal(stream.contentLength, undefined)
      assert.ok(proxy.requests[0]!.bytesSent < whole.length / 2)
    })
  }

  it('is asked for on the first read and not before', async () => {
    await using client = clientOf()
    const before = server.requests.length
    const stream = client.analytics.stream(query)
    await sleep(30)
    assert.equal(server.requests.length, before)
    stream.read(0)
    await eventually(() => server.requests.length === before + 1, 'the request comes')
    stream.destroy()
  })

  it('that is destroyed before it is read was never asked for', async () => {
    await using client = clientOf()
    const before = server.requests.length
    const stream = client.analytics.stream(query)
    stream.destroy()
    await eventually(() => stream.closed, 'it closes')
    assert.equal(server.requests.length, before)
  })

  const leaving: Record<
    string,
    [outcome: string | undefined, leave: (stream: Readable, abort: AbortController) => void]
  > = {
    break: [undefined, () => undefined],
    destroy: ['ERR_STREAM_PREMATURE_CLOSE', (stream) => stream.destroy()],
    abort: ['ABORT_ERR', (_, abort) => abort.abort()],
  }
  for (const [how, [outcome, leave]] of Object.entries(leaving)) {
    it(`that is left early by ${how} closes its socket`, async () => {
      await using client = new Dhis2Client({ baseUrl: large.url, auth })
      const abort = new AbortController()
      const stream = client.analytics.stream(query, { signal: abort.signal })
      const reading = (async () => {
        for await (const _ of stream) {
          leave(stream, abort)
          if (how === 'break') break
        }
      })()
      if (outcome) await assert.rejects(reading, { code: outcome })
      else await reading
      // Not that no socket is open: undici opens another one at once, for the next request.
      await eventually(() => large.requests.at(-1)?.aborted === true, 'the socket is closed')
    })
  }

  it('that is aborted beforehand sends nothing, whichever way it is asked for', async () => {
    await using client = clientOf()
    const signal = AbortSignal.abort()
    const before = server.requests.length
    await assert.rejects(client.analytics.stream(query, { signal }).toArray(), { name: 'AbortError' })
    await assert.rejects(client.analytics.rows(query, { signal }).toArray(), { name: 'AbortError' })
    await assert.rejects(client.analytics.aggregate(query, { signal }), { name: 'AbortError' })
    await assert.rejects(client.analytics.streamTo('/nowhere/x.json', query, { signal }), {
      name: 'AbortError',
    })
    assert.equal(server.requests.length, before)
  })

  it('may be fifty at once under one signal, and nobody warns', async () => {
    await using client = clientOf()
    const { signal } = new AbortController()
    const warnings = await warningsOf(() =>
      Promise.all(Array.from({ length: 50 }, () => client.analytics.aggregate(query, { signal }))),
    )
    assert.deepEqual(warnings, [])
    assert.ok(server.peakOpenSockets <= 20)
  })

  it('that waits for a slow reader longer than the body timeout comes whole', {
    timeout: 20_000,
  }, async () => {
    for (const compress of [[], ['gzip']] as Encoding[][]) {
      await using slow = await startDhis2({ rows, compress })
      await using client = new Dhis2Client({ baseUrl: slow.url, auth, timeouts: { bodyMs: 50 } })
      const stream = client.analytics.stream(query, { highWaterMark: 1 })
      let received = 0
      for await (const chunk of stream) {
        // Longer than undici's clock, which ticks twice a second, takes to notice.
        if (received === 0) await sleep(1600)
        received += chunk.length
      }
      assert.equal(received, whole.length)
    }
  })

  it('slows its server down with a slow reader', async () => {
    const before = large.requests.length
    await using client = new Dhis2Client({ baseUrl: large.url, auth })
    const stream = client.analytics.stream(query)
    stream.once('data', () => stream.pause())
    await eventually(() => stream.isPaused() && (large.requests[before]?.bytesSent ?? 0) > 0, 'data comes')
    await sleep(200)
    const { bytesSent } = large.requests[before]!
    assert.ok(bytesSent < 15_000_000, `${bytesSent} bytes were sent`)
    stream.destroy()
  })

  it('whose reader throws fails with that, not as a broken connection', async () => {
    const boom = new Error('mine')
    await using client = clientOf()
    const stream = client.analytics.stream(query)
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.on('data', () => {
      throw boom
    })
    assert.equal(await failed, boom)
  })
})

describe('closing a client', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows })
  })
  after(() => server.close())
  const closed = { name: 'ClientClosedError', code: 'ERR_CLIENT_CLOSED' }

  it('ends what is under way and every later call with a ClientClosedError', async () => {
    const client = new Dhis2Client({ baseUrl: server.url, auth })
    server.misbehave({ stallAfter: 100_000 }, { delayMs: 60_000 })
    const running = [client.analytics.aggregate(query), client.analytics.stream(query).toArray()]
    const failures = Promise.all(running.map((call) => assert.rejects(call, closed)))
    await eventually(() => (server.requests[1]?.url ?? '') !== '', 'both are under way')
    await client.close()
    await failures
    await assert.rejects(client.system.info(), closed)
    await assert.rejects(client.analytics.aggregate(query), closed)
    await assert.rejects(client.analytics.streamTo('x.json', query), closed)
    assert.throws(() => client.analytics.stream(query), closed)
    assert.throws(() => client.analytics.rows(query), closed)
    await eventually(() => server.openSockets === 0, 'every socket is closed')
    await client.close()
  })

  it('is what await using does', async () => {
    {
      await using client = new Dhis2Client({ baseUrl: server.url, auth })
      await client.system.info()
      assert.equal(server.openSockets, 1)
    }
    await eventually(() => server.openSockets === 0, 'the socket is closed')
  })

  it('leaves a dispatcher of your own open', async () => {
    await using dispatcher = disposable(new Agent())
    for (const _ of [1, 2]) {
      await using client = new Dhis2Client({ baseUrl: server.url, auth, dispatcher: dispatcher.agent })
      assert.equal((await client.system.info()).version, '2.43.1')
    }
    assert.equal(dispatcher.agent.destroyed, false)
  })

  it('system.info() tells of a server that is none', async () => {
    await using client = new Dhis2Client({ baseUrl: server.url, auth })
    for (const body of ['{"version":5}', '{"a":']) {
      server.misbehave({ body })
      await assert.rejects(client.system.info(), {
        code: 'ERR_UNEXPECTED_CONTENT',
        message: /not the system info/,
      })
    }
  })

  function disposable(agent: Agent) {
    return { agent, [Symbol.asyncDispose]: () => agent.destroy() }
  }
})
