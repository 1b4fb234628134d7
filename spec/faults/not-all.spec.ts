import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { type Misbehaviour, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { Dhis2Client } from '../../lib/index.ts'
import { gridJson } from '../../lib/testing/grid-bytes.ts'
import { eventually } from '../support/leaks.ts'
import { httpText, type RawAnswer, rawServer } from '../support/raw-server.ts'
import {
  all,
  assertExpected,
  assertFault,
  checking,
  type Expected,
  failureOf,
  faultTests,
  parsing,
  query,
  type Way,
  ways,
} from './support.ts'

const small =
  '{"headers":[{"name":"dx"},{"name":"note"}],"metaData":{"items":{"a":{"name":"A"}}},' +
  '"rows":[["a","x\\\\],[\\"}"],["b","{\\"c\\":[[1,2],[3,4]]}"]],"width":2,"height":2}'
const grid = Buffer.concat([...gridJson({ rows: 3000 })])
const cut = (fields: Record<string, unknown> = {}): Expected => ({
  code: 'ERR_TRUNCATED_RESPONSE',
  fields: { unit: 'bytes', ...fields },
})

describe('not all of the data, over HTTP that is broken', () => {
  const chunked = { 'transfer-encoding': 'chunked' }
  const half = grid.subarray(0, grid.length / 2)
  const zipped = gzipSync(grid)
  const damaged = Buffer.from(zipped)
  damaged[damaged.length - 6]! ^= 0xff
  const unexpected: Expected = { code: 'ERR_UNEXPECTED_CONTENT' }
  const gzip = (body: Buffer) => httpText({ 'content-encoding': 'gzip', connection: 'close' }, body)
  const closing = (bytes: Buffer) => (socket: Parameters<RawAnswer>[0]) => socket.end(bytes)

  const cases: [title: string, answer: RawAnswer, expected: Expected, among?: Way[]][] = [
    [
      'a body shorter than its Content-Length',
      closing(httpText({ 'content-length': String(grid.length) }, half)),
      cut({ received: half.length, expected: grid.length }),
    ],
    [
      'a chunked body that stops between two chunks',
      closing(httpText(chunked, `${half.length.toString(16)}\r\n${half}\r\n`)),
      cut({ received: half.length, expected: undefined }),
    ],
    [
      'a chunked body that stops inside a chunk',
      closing(httpText(chunked, `${grid.length.toString(16)}\r\n${half}`)),
      cut({ received: half.length }),
    ],
    ['a chunk whose length is no number', closing(httpText(chunked, `5\r\n{"hea\r\nxyz\r\n`)), cut()],
    [
      'a reset in the middle of the body',
      (socket) =>
        socket.write(httpText({ 'content-length': '9000000' }, half), () => socket.resetAndDestroy()),
      cut({ expected: 9_000_000 }),
    ],
    [
      'a body until the connection closes, too short',
      closing(httpText({ connection: 'close' }, half)),
      cut(),
      checking,
    ],
    [
      'JSON cut short under a Content-Length that fits',
      (socket) => socket.write(httpText({}, half)),
      cut(),
      checking,
    ],
    ['a gzip stream cut short', closing(gzip(zipped.subarray(0, -20))), cut()],
    ['a gzip stream cut to nothing', closing(gzip(zipped.subarray(0, 5))), cut()],
    [
      'a deflate stream cut short',
      closing(
        httpText({ 'content-encoding': 'deflate', connection: 'close' }, deflateSync(grid).subarray(0, -9)),
      ),
      cut(),
    ],
    [
      'garbage behind a gzip stream',
      closing(gzip(Buffer.concat([zipped, Buffer.from('garbage')]))),
      unexpected,
    ],
    ['zeros behind a gzip stream', closing(gzip(Buffer.concat([zipped, Buffer.alloc(9)]))), unexpected],
    [
      'garbage long after a gzip stream',
      (socket) => socket.write(gzip(zipped), () => setTimeout(() => socket.end('garbage'), 20)),
      unexpected,
    ],
    ['a damaged gzip stream', closing(gzip(damaged)), unexpected],
    ['no gzip stream at all', closing(gzip(grid)), unexpected],
    [
      'an encoding that nobody asked for',
      closing(httpText({ 'content-encoding': 'zstd', connection: 'close' }, 'x')),
      unexpected,
    ],
    [
      'an error page in an encoding that nobody asked for',
      (socket) => socket.write('HTTP/1.1 500 No\r\ncontent-encoding: zstd\r\ncontent-length: 9\r\n\r\nx'),
      { code: 'ERR_DHIS2_API', fields: { httpStatus: 500 } },
    ],
    [
      'an error body that breaks off',
      (socket) => socket.end('HTTP/1.1 409 No\r\ncontent-length: 900\r\n\r\n{"mess'),
      { code: 'ERR_DHIS2_API', fields: { httpStatus: 409 } },
    ],
  ]
  for (const [title, answer, expected, among = all] of cases) {
    faultTests(title, among, async (way) => {
      await using server = await rawServer(answer)
      await assertFault({ server, way, expected })
    })
  }

  for (const way of ['aggregate', 'streamTo'] as const) {
    it(`${way} starts over where the body broke off, and gets all of it`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'fault-'))
      const answers = [
        httpText({ 'content-length': String(grid.length) }, half),
        gzip(zipped.subarray(0, -20)),
        httpText({ connection: 'close' }, half),
        httpText({}, grid),
      ]
      await using server = await rawServer((socket, _, nth) => socket.end(answers[nth]!))
      await using client = new Dhis2Client({ baseUrl: server.url, retry: { attempts: 4, baseDelayMs: 1 } })
      const result = await ways[way](client, query, join(directory, 'grid.json'))
      if (way === 'aggregate') assert.deepEqual(result, JSON.parse(grid.toString()))
      else assert.deepEqual(await readFile(join(directory, 'grid.json')), grid)
      assert.equal(server.requests.length, 4)
      await rm(directory, { recursive: true })
    })

    it(`${way} gives up starting over when its attempts are used up`, async () => {
      await using server = await rawServer((socket) => socket.end(httpText({ connection: 'close' }, half)))
      await assertFault({ server, way, options: { retry: { attempts: 3, baseDelayMs: 1 } }, expected: cut() })
      assert.equal(server.requests.length, 3)
    })

    it(`${way} ends with a ClientClosedError when the client is closed while it waits to start over`, async () => {
      await using server = await rawServer((socket) => socket.end(httpText({ connection: 'close' }, half)))
      const client = new Dhis2Client({ baseUrl: server.url, retry: { baseDelayMs: 30_000, jitter: false } })
      const failed = failureOf(ways[way](client, query, join(tmpdir(), 'never', 'written.json')))
      await eventually(() => server.requests.length === 1 && server.openSockets === 0, 'it waits')
      await client.close()
      assertExpected(await failed, { code: 'ERR_CLIENT_CLOSED' })
    })
  }

  for (const way of ['stream', 'rows'] as const) {
    it(`${way} never sends a request again once rows have come`, async () => {
      await using server = await rawServer((socket) =>
        socket.end(httpText({ 'content-length': '9000000' }, half)),
      )
      await assertFault({ server, way, options: { retry: { attempts: 5, baseDelayMs: 1 } }, expected: cut() })
      assert.equal(server.requests.length, 1)
    })
  }
})

describe('not all of the data, over HTTP that is fine', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 20 })
  })
  after(() => server.close())

  const format: Expected = { code: 'ERR_GRID_FORMAT' }
  const rowCount = (expected: number, received: number) => ({
    code: 'ERR_TRUNCATED_RESPONSE' as const,
    fields: { unit: 'rows', expected, received },
  })
  const cases: [title: string, step: Misbehaviour, expected: Expected, ways: Way[]][] = [
    [
      'fewer rows than height says',
      { body: small.replace('height":2', 'height":3') },
      rowCount(3, 2),
      parsing,
    ],
    [
      'more rows than height says',
      { body: small.replace('height":2', 'height":1') },
      rowCount(1, 2),
      parsing,
    ],
    [
      'a row with too few cells',
      { body: '{"headers":[{"name":"a"},{"name":"b"}],"rows":[["1"]]}' },
      format,
      parsing,
    ],
    ['a row with too many cells', { body: '{"headers":[{"name":"a"}],"rows":[["1","2"]]}' }, format, parsing],
    ['bytes after the root object', { body: `${small}{}` }, format, checking],
    ['a brace too many', { body: `${small}\n}` }, format, checking],
    ['a page of a proxy after the root object', { body: `${small}<html>` }, format, checking],
    ['bytes after the root object of a large grid', { body: `${grid}]` }, format, checking],
  ]
  for (const [title, step, expected, among] of cases) {
    faultTests(title, among, (way) => {
      server.misbehave(step)
      return assertFault({ server, way, expected })
    })
  }

  for (const way of checking) {
    it(`${way}: JSON that ends early, at every possible byte of a small grid`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'fault-'))
      await using client = new Dhis2Client({ baseUrl: server.url, auth: admin, retry: false })
      for (let length = 0; length < small.length; length++) {
        server.misbehave({ body: small.slice(0, length) })
        const error = await failureOf(ways[way](client, query, join(directory, 'never.json')))
        assert.equal(
          error.code,
          length ? 'ERR_TRUNCATED_RESPONSE' : 'ERR_UNEXPECTED_CONTENT',
          `${length} bytes`,
        )
      }
      await rm(directory, { recursive: true })
    })
  }

  it('streamTo takes any JSON that is whole, whatever its end looks like', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fault-'))
    await using client = new Dhis2Client({ baseUrl: server.url, auth: admin, retry: false })
    const wide = 'x'.repeat(100_000)
    const bodies = [
      small,
      `\ufeff${small}\r\n \t`,
      `{"rows":[["],["],["],[","b"]],"note":"],[\\"}"}`,
      `{"rows":[["a"],["b"]],"metaData":{"list":[["a"],["b"]],"more":[{"a":1},{"b":2}]}}`,
      `{"rows":[["a"],["${wide}"]],"metaData":{"items":{"${wide}":{}}}}`,
      '{"rows":[[1,2],[3,4]]}',
      '{}',
      `{"dataValues":[{"a":"1"},{"a":"2","followup":false}]}`,
      grid.toString(),
      `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ]
    for (const body of bodies) {
      server.misbehave({ body })
      const path = join(directory, 'whole.json')
      assert.equal(await client.analytics.streamTo(path, query), Buffer.byteLength(body))
      assert.equal(await readFile(path, 'utf8'), body)
    }
    await rm(directory, { recursive: true })
  })

  const admin = { headers: () => ({ authorization: `Basic ${btoa('admin:district')}` }) }
})
