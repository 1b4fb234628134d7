import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Misbehaviour, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { bearerToken, type ClientOptions, Dhis2Client } from '../../lib/index.ts'
import { eventually } from '../support/leaks.ts'
import { httpText, type RawAnswer, rawServer } from '../support/raw-server.ts'
import {
  all,
  assertExpected,
  assertFault,
  type Expected,
  failureOf,
  faultTests,
  query,
  ways,
} from './support.ts'

const lost: Expected = { code: 'ERR_CONNECTION' }
const late = (phase: string, timeoutMs: number): Expected => ({
  code: 'ERR_TIMEOUT',
  fields: { phase, timeoutMs },
  message: new RegExp(`raise timeouts.${phase}Ms`),
})

describe('a connection that fails', () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
  const drip = (socket: Parameters<RawAnswer>[0], text: string, everyMs: number) => {
    socket.write(text.slice(0, 10))
    let at = 10
    const timer = setInterval(() => socket.write(text.charAt(at++)), everyMs)
    socket.on('close', () => clearInterval(timer))
  }
  const timeouts = { headersMs: 60, bodyMs: 25 }
  const cases: [title: string, answer: RawAnswer, expected: Expected][] = [
    ['reset before headers', (socket) => socket.resetAndDestroy(), lost],
    ['closed before headers', (socket) => socket.end(), lost],
    ['closed in the middle of the headers', (socket) => socket.end(head), lost],
    ['no HTTP at all', (socket) => socket.end('220 mail.example ESMTP\r\n'), lost],
    ['headers without end', (socket) => socket.end(`${head}${'x: y\r\n'.repeat(5000)}`), lost],
    [
      'two different lengths',
      (socket) => socket.end(`${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
      lost,
    ],
    ['a server that accepts and says nothing', () => undefined, late('headers', 60)],
    [
      'headers a byte now and then',
      (socket) => drip(socket, `${head}x: ${'y'.repeat(900)}`, 40),
      late('headers', 60),
    ],
    [
      'a body that falls silent',
      (socket) => socket.write(`${head}content-length: 9\r\n\r\n{"a"`),
      late('body', 25),
    ],
    [
      'a body a byte now and then',
      (socket) => {
        socket.write(`${head}content-length: 900\r\n\r\n`)
        drip(socket, `{"headers":[]${' '.repeat(800)}`, 1700)
      },
      late('body', 25),
    ],
  ]
  for (const [title, answer, expected] of cases) {
    // All ways at once: undici looks at the clock twice a second.
    it(title, { timeout: 20_000 }, async () => {
      await Promise.all(
        all.map(async (way) => {
          await using server = await rawServer(answer)
          await assertFault({ server, way, options: { timeouts }, expected })
        }),
      )
    })
  }

  const unreachable: [title: string, options: ClientOptions, expected: Expected][] = [
    ['a port where nobody listens', { baseUrl: 'http://127.0.0.1:1' }, { ...lost, message: /ECONNREFUSED/ }],
    [
      'a name that does not exist',
      { baseUrl: 'http://nowhere.invalid' },
      { ...lost, message: /nowhere\.invalid/ },
    ],
    [
      'a name with several addresses that refuse',
      { baseUrl: 'http://localhost:1' },
      { ...lost, message: /ECONNREFUSED/ },
    ],
  ]
  for (const [title, options, expected] of unreachable) {
    faultTests(title, all, async (way) => {
      await using client = new Dhis2Client({ retry: false, ...options })
      const error = await failureOf(ways[way](client, query, join(tmpdir(), 'never.json')))
      assertExpected(error, expected)
      assert.ok(error.request?.url.startsWith(String(options.baseUrl)))
    })
  }

  it('a server that does not finish the TLS handshake is a connect timeout', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    await eventually(() => server.listening, 'it listens')
    const { port } = server.address() as { port: number }
    const client = new Dhis2Client({
      baseUrl: `https://127.0.0.1:${port}`,
      retry: false,
      timeouts: { connectMs: 50 },
    })
    assertExpected(await failureOf(client.analytics.aggregate(query)), late('connect', 50))
    await client.close()
    server.close()
  })

  it('TLS to a server without TLS is a ConnectionError, and is not tried again', {
    timeout: 20_000,
  }, async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 No\r\n\r\n'),
    )
    server.listen(0, '127.0.0.1')
    await eventually(() => server.listening, 'it listens')
    let attempts = 0
    await using client = new Dhis2Client({
      baseUrl: `https://127.0.0.1:${(server.address() as { port: number }).port}`,
      retry: { attempts: 5, baseDelayMs: 30_000, jitter: false },
      auth: { headers: () => ({ 'x-count': String(++attempts) }) },
    })
    assertExpected(await failureOf(client.analytics.aggregate(query)), lost)
    assert.equal(attempts, 1)
    server.close()
  })
})

describe('a connection that comes back', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 20 })
  })
  after(() => server.close())

  const recoverable: [title: string, steps: Misbehaviour[]][] = [
    ['503, then 200', [{ status: 503 }]],
    ['429 with Retry-After, then 200', [{ status: 429, headers: { 'retry-after': '0' } }]],
    [
      '502 in HTML, then 504, then 200',
      [
        { status: 502, body: '<html>' },
        { status: 504, body: '' },
      ],
    ],
    ['a connection that dies before the headers, then 200', [{ destroyBeforeHeaders: true }]],
    ['a 401 for a token that ran out, then 200', [{ status: 401 }]],
  ]
  for (const [title, steps] of recoverable) {
    faultTests(`${title}, gives the data`, all, async (way) => {
      await using client = new Dhis2Client({
        baseUrl: server.url,
        auth: bearerToken(() => 'bearer-good'),
        retry: { attempts: 3, baseDelayMs: 1, maxDelayMs: 5 },
      })
      const before = server.requests.length
      server.misbehave(...steps)
      await ways[way](client, query, join(tmpdir(), `fault-${process.pid}`, 'data.json'))
      assert.equal(server.requests.length - before, steps.length + 1)
    })
  }

  it('a 4xx other than 429 is never tried again', async () => {
    await using client = new Dhis2Client({ baseUrl: server.url, retry: { attempts: 5, baseDelayMs: 1 } })
    for (const status of [400, 403, 404, 409, 410, 413, 414, 500]) {
      server.misbehave({ status })
      const before = server.requests.length
      assertExpected(await failureOf(client.analytics.aggregate(query)), {
        code: 'ERR_DHIS2_API',
        fields: { httpStatus: status },
      })
      assert.equal(server.requests.length - before, 1)
    }
  })
})

describe('a slow reader of a connection that the server closes', () => {
  const body = Buffer.alloc(600_000, `{"rows":[${' '.repeat(1000)}`)
  const framings: Record<string, Readonly<Record<string, string>>> = {
    'a length': { 'content-length': String(body.length), connection: 'close' },
    'no length': { connection: 'close' },
  }
  for (const [framing, headers] of Object.entries(framings)) {
    // What is left behind each of these sizes is nothing, a little, and much: the end may come at any time.
    for (const highWaterMark of [1, 65_536, 599_999, 600_000]) {
      it(`loses nothing with ${framing} and a buffer of ${highWaterMark} bytes`, {
        timeout: 20_000,
      }, async () => {
        await using server = await rawServer((socket) => socket.end(httpText(headers, body)))
        await using client = new Dhis2Client({ baseUrl: server.url })
        const stream = client.analytics.stream(query, { highWaterMark })
        let received = 0
        for (;;) {
          const chunk: Buffer | null = stream.read()
          if (chunk) received += chunk.length
          if (stream.readableEnded) break
          await new Promise((resolve) => setTimeout(resolve, 3))
        }
        assert.equal(received, body.length)
      })
    }

    for (const sent of [20_000, 200_000]) {
      it(`fails where it is reset after ${sent} bytes, with ${framing}`, { timeout: 20_000 }, async () => {
        await using server = await rawServer((socket) => {
          socket.write(httpText(headers, body.subarray(0, sent)), () =>
            setTimeout(() => socket.resetAndDestroy(), 30),
          )
        })
        await using client = new Dhis2Client({ baseUrl: server.url })
        const stream = client.analytics.stream(query, { highWaterMark: 1 })
        stream.once('data', () => {
          stream.pause()
          setTimeout(() => stream.resume(), 80)
        })
        assertExpected(await failureOf(new Promise((_, reject) => stream.on('error', reject))), {
          code: 'ERR_TRUNCATED_RESPONSE',
        })
      })
    }
  }
})
