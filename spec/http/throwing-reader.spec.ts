import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Dhis2Client } from '../../lib/index.ts'
import { eventually } from '../support/leaks.ts'
import { httpText, type RawServer, rawServer } from '../support/raw-server.ts'

const query = { dx: 'a' }
/** Too short to be told from its beginning, so that it is handed on at its end. */
const short = '{"r'
const long = `{"headers":[${' '.repeat(200_000)}`
const chunked = (body: string | Buffer) => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
}

/** Each body as servers frame it. */
function answers(body: string): Record<string, Buffer> {
  const packed = gzipSync(body)
  return {
    'a length': httpText({}, body),
    chunks: httpText({ 'transfer-encoding': 'chunked' }, chunked(body)),
    'no length': httpText({ connection: 'close' }, body),
    gzip: httpText({ 'content-encoding': 'gzip', 'content-length': String(packed.length) }, packed),
    'gzip in chunks': httpText(
      { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' },
      chunked(packed),
    ),
  }
}

describe('a reader that throws', () => {
  const servers: RawServer[] = []
  after(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())))

  async function failureOf(answer: Buffer, listen: (stream: NodeJS.ReadableStream) => void) {
    const server = await rawServer((socket) => {
      if (answer.includes('connection: close')) socket.end(answer)
      else socket.write(answer)
    })
    servers.push(server)
    const client = new Dhis2Client({ baseUrl: server.url })
    const stream = client.analytics.stream(query)
    const failures: Error[] = []
    stream.on('error', (error) => failures.push(error))
    listen(stream)
    await eventually(() => stream.closed, 'the stream closes')
    assert.equal(failures.length, 1)
    assert.equal((await client.system.info()).version, '2.43.1')
    await client.close()
    await eventually(() => server.openSockets === 0, 'every socket is closed')
    return failures[0]
  }

  for (const [length, body] of [['short', short] as const, ['long', long] as const]) {
    for (const [framing, answer] of Object.entries(answers(body))) {
      it(`fails a ${length} body with ${framing} with its own error`, async () => {
        const boom = new Error('mine')
        const fail = () => {
          throw boom
        }
        assert.equal(await failureOf(answer, (stream) => stream.on('data', fail)), boom)
      })
    }

    it(`fails a ${length} body also where what it throws says nothing`, async () => {
      for (const nothing of [undefined, null, 0, '', false]) {
        const error = await failureOf(answers(body)['a length']!, (stream) => {
          stream.on('data', () => {
            throw nothing
          })
        })
        assert.match(String(error), /threw .*says nothing/)
      }
    })
  }

  it('fails it while its head is told', async () => {
    for (const thrown of [new Error('mine'), undefined]) {
      const error = await failureOf(answers(short)['a length']!, (stream) => {
        stream.resume().on('response', () => {
          throw thrown
        })
      })
      if (thrown) assert.equal(error, thrown)
      else assert.match(String(error), /threw undefined/)
    }
  })

  it('of a list fails it with its own error, or with words', async () => {
    const pager = '{"page":1,"pageSize":50000,"isLastPage":true}'
    const list = `{"headers":[{"name":"psi"}],"metaData":{"pager":${pager}},"rows":[["a"],["b"]],"height":2}`
    const server = await rawServer((socket) => socket.write(httpText({}, list)))
    servers.push(server)
    const client = new Dhis2Client({ baseUrl: server.url })
    const question = client.analytics.events.query('IpHINAT79UW', {
      startDate: '2024-01-01',
      endDate: '2024-12-31',
      ou: 'ImspTQPwCqd',
    })
    const boom = new Error('mine')
    for (const thrown of [boom, undefined, null, 0, '', false]) {
      const failures: Error[] = []
      const rows = client.analytics.rows(question).on('error', (error) => failures.push(error))
      rows.on('data', () => {
        throw thrown
      })
      await eventually(() => rows.closed, 'the rows close')
      assert.equal(failures.length, 1)
      if (thrown) assert.equal(failures[0], boom)
      else assert.match(String(failures[0]), /threw .*says nothing/)
    }
    await client.close()
  })
})
