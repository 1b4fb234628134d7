import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { type Misbehaviour, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { Dhis2Client, parseRows, personalAccessToken } from '../../lib/index.ts'
import { rawServer } from '../support/raw-server.ts'
import {
  assertExpected,
  assertFault,
  type Expected,
  failureOf,
  faultTests,
  parsing,
  query,
  ways,
} from './support.ts'

const head = '{"headers":[{"name":"a"},{"name":"b"}],"metaData":{"items":{}},"rows":['

describe('broken data', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 20 })
  })
  after(() => server.close())

  const format = (offset?: number): Expected => ({
    code: 'ERR_GRID_FORMAT',
    message: /\(at byte \d+(, near ".{1,100}")?\)/s,
    ...(offset !== undefined && { fields: { offset } }),
  })
  const rows = (text: string) => ({ body: `${head}${text}],"height":1}` })
  const at = head.length
  const cases: [title: string, step: Misbehaviour, expected: Expected][] = [
    ['a bare word in a row', rows('["1",oops]'), format(at + 5)],
    ['a comma too many in a row', rows('["1","2",]'), format()],
    ['a comma too many between rows', rows('["1","2"],,["1","2"]'), format()],
    ['a comma behind the last row', rows('["1","2"],'), format()],
    ['a number with a leading zero', rows('["1",01]'), format()],
    ['a control character in a string', rows('["1","\n"]'), format()],
    ['NUL bytes in a string', rows('["1","\0\0"]'), format(at + 6)],
    ['NUL bytes between rows', rows('["1","2"],\0["1","2"]'), format()],
    ['a bad escape', rows('["1","\\x"]'), format()],
    ['a row that is an object', rows('{"a":1}'), format()],
    ['a brace in place of a bracket', rows('["1","2"}'), format()],
    ['invalid UTF-8 in a row', { body: Buffer.from(rows('["1","\xe9"]').body, 'latin1') }, format(at + 6)],
    ['a character cut in two', { body: Buffer.from(rows('["1","\xe2\x82"]').body, 'latin1') }, format()],
    [
      'invalid UTF-8 in metaData',
      { body: Buffer.from('{"headers":[],"metaData":{"\xff":1},"rows":[]}', 'latin1') },
      format(),
    ],
    [
      'invalid UTF-8 in a key',
      { body: Buffer.from('{"headers":[],"\xff":1,"rows":[]}', 'latin1') },
      format(),
    ],
    ['malformed headers', { body: '{"headers":[{"name":}],"rows":[]}' }, format()],
    ['headers that are none', { body: '{"headers":[1],"rows":[]}' }, format()],
    ['malformed JSON around the rows', { body: '{"headers":[] "rows":[]}' }, format(14)],
    ['malformed JSON behind the rows', { body: `${head}],"height":}` }, format()],
    ...['"1"', '1.5', '-1', '{}', '[1]', 'true', '""'].map((height): [string, Misbehaviour, Expected] => [
      `a height of ${height}`,
      { body: `${head}["1","2"]],"height":${height}}` },
      format(),
    ]),
    ['rows twice', { body: `${head}],"rows":[]}` }, format()],
    ['headers twice', { body: `${head}],"headers":[]}` }, format()],
    ['a cell nested 100,000 deep', rows(`["1",${'['.repeat(1e5)}${']'.repeat(1e5)}]`), format()],
    [
      'metaData nested 100,000 deep',
      { body: `{"metaData":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)},"headers":[],"rows":[]}` },
      format(),
    ],
  ]
  for (const [title, step, expected] of cases) {
    faultTests(title, parsing, (way) => {
      server.misbehave(step)
      return assertFault({ server, way, expected })
    })
  }

  it('streamTo and stream hand bytes on as they are, whatever is in them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fault-'))
    await using client = clientOf(server)
    const body = Buffer.from(`{"a":"\0\xe9","rows":[oops]}`, 'latin1')
    server.misbehave({ body, times: 2 })
    assert.deepEqual(await ways.stream(client, query), body)
    await client.analytics.streamTo(join(directory, 'x.json'), query)
    assert.deepEqual(await readFile(join(directory, 'x.json')), body)
    await rm(directory, { recursive: true })
  })

  it('a grid may leave its height, its width and its number of headers out, or say null', async () => {
    await using client = clientOf(server)
    for (const counts of ['', ',"height":null,"width":null,"headerWidth":null', ',"height":1e0']) {
      server.misbehave({ body: `${head}["1","2"]]${counts}}`, times: 2 })
      const { height, width, headerWidth } = await client.analytics.aggregate(query)
      assert.deepEqual({ height, width, headerWidth }, { height: 1, width: 2, headerWidth: 2 })
      assert.equal((await ways.rows(client, query)).length, 1)
    }
  })

  it('what is odd but right comes as JSON.parse has it', async () => {
    await using client = clientOf(server)
    const bodies = [
      '{"headers":[{"name":"__proto__"},{"name":"constructor"},{"name":"constructor"}],"rows":[["1","2","3"]],"height":1}',
      '{"__proto__":{"polluted":true},"headers":[],"metaData":{"items":{"__proto__":{"name":"p"}}},"rows":[]}',
      rows('["123456789012345678901234567890.123456789012345678901","-0"]').body,
      rows('[1e400,12345678901234567890]').body,
      rows('["\\ud800","\\u0000"]').body,
      rows('["\u2028\ufeff","👩‍🔬"]').body,
    ]
    for (const body of bodies) {
      server.misbehave({ body, times: 2 })
      const expected = JSON.parse(body)
      const { headers, rows: cells, metaData } = await client.analytics.aggregate(query)
      assert.deepEqual({ headers, cells }, { headers: expected.headers, cells: expected.rows })
      if (expected.metaData) assert.deepEqual(metaData, expected.metaData)
      assert.deepEqual(await ways.rows(client, query), expected.rows)
      assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    }
    server.misbehave({ body: `\ufeff${bodies[2]}` })
    assert.equal((await client.analytics.aggregate(query)).height, 1)
  })
})

describe('data beyond measure', () => {
  const filler = Buffer.alloc(4 * 1024 * 1024, 'x')

  it('a cell of 50 MB comes whole', { timeout: 30_000 }, async () => {
    await using server = await rawServer(async (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${head}["1","`)
      for (let sent = 0; sent < 50; sent += 4) {
        socket.write(filler)
        await tick()
      }
      socket.end('"]]}')
    })
    await using client = new Dhis2Client({ baseUrl: server.url })
    const grid = await client.analytics.aggregate(query)
    assert.equal(String(grid.rows[0]?.[1]).length, 13 * filler.length)
  })

  for (const [what, start] of [
    ['a row', `${head}["1","`],
    ['metaData', '{"headers":[],"metaData":{"a":"'],
  ] as const) {
    it(`${what} without end is refused at 128 MiB`, { timeout: 30_000 }, async () => {
      await using server = await endless(start)
      await using client = new Dhis2Client({ baseUrl: server.url })
      assertExpected(await failureOf(ways.rows(client, query)), {
        code: 'ERR_GRID_FORMAT',
        message: /takes more than 134217728 bytes \(maxBufferedBytes\)/,
      })
    })
  }

  const bounded: [title: string, start: string, then: string][] = [
    ['a key', '{"', 'x'],
    ['a plain value', '{"title":"', 'x'],
    ['many small fields', '{"a":1', ',"a":1'],
    ['rows before the headers', '{"rows":[["1"]', ',["1"]'],
    ['a list of nothing', '{"headers":[],"metaData":{"a":[1', ',1'],
  ]
  for (const [title, start, then] of bounded) {
    it(`${title} without end is refused at the limit given`, { timeout: 30_000 }, async () => {
      await using server = await endless(start, Buffer.from(then.repeat(1e5)))
      await using client = new Dhis2Client({ baseUrl: server.url })
      const body = client.analytics.stream(query)
      const parsed = body.pipe(parseRows({ maxBufferedBytes: 1_000_000 }))
      assertExpected(await failureOf(parsed.toArray()), {
        code: 'ERR_GRID_FORMAT',
        message: /1000000 bytes \(maxBufferedBytes\)/,
      })
      body.destroy()
    })
  }

  function endless(start: string, then = filler) {
    return rawServer(async (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${start}`)
      while (!socket.destroyed) {
        if (!socket.write(then)) await Promise.race([drained(socket), tick(), tick()])
        while (socket.writableLength > 5e6 && !socket.destroyed)
          await new Promise((done) => setTimeout(done, 1))
      }
    })
  }

  function drained(socket: NodeJS.EventEmitter): Promise<unknown> {
    return new Promise((resolve) => socket.once('drain', resolve))
  }
})

function clientOf(server: StandIn): Dhis2Client {
  return new Dhis2Client({
    baseUrl: server.url,
    auth: personalAccessToken('d2pat_5xVA12xyUbWNedQxy4ohH77WlxRGVvZZ1151814092'),
    retry: false,
  })
}
