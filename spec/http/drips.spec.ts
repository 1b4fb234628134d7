import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Dhis2Client, Dhis2ClientError } from '../../lib/index.ts'
import { rawServer } from '../support/raw-server.ts'
import { emptyDirectory } from '../support/run-script.ts'

/** A client of a server that sends each byte of its body in a chunk of its own. */
async function clientOf(t: TestContext, status: number, body: string, headers = ''): Promise<Dhis2Client> {
  const server = await rawServer((socket) => {
    socket.write(`HTTP/1.1 ${status} x\r\n${headers}transfer-encoding: chunked\r\n\r\n`)
    socket.write(`${body.replace(/./gs, '1\r\n$&\r\n')}0\r\n\r\n`, 'latin1')
  })
  const client = new Dhis2Client({ baseUrl: server.url, retry: false })
  t.after(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })
  return client
}

async function failureOf(client: Dhis2Client, format: string): Promise<Dhis2ClientError> {
  const query = { endpoint: `/api/analytics.${format}`, dx: 'a' } as const
  const error: unknown = await client.analytics
    .stream(query)
    .toArray()
    .catch((thrown: unknown) => thrown)
  assert.ok(error instanceof Dhis2ClientError, String(error))
  return error
}

// What took the square of their length would take these hours.
describe('a body in chunks of a byte each', { timeout: 60_000 }, () => {
  const filler = '<p>filler</p>\n'.repeat(14_000)
  const page = `<html><head><title>Down</title></head>${filler}`

  for (const format of ['json', 'csv', 'xlsx']) {
    it(`that is a page in place of ${format} is told`, async (t) => {
      const client = await clientOf(t, 200, page)
      assert.match((await failureOf(client, format)).message, /an HTML page \("Down"\)/)
    })
  }

  it('that is a login page in place of a page is told', async (t) => {
    const client = await clientOf(t, 200, `<html><input name="j_username">${filler}`)
    assert.equal((await failureOf(client, 'html')).code, 'ERR_AUTHENTICATION')
  })

  it('that is nothing but blanks is told', async (t) => {
    const client = await clientOf(t, 200, ' \r\n'.repeat(100_000))
    assert.match((await failureOf(client, 'json')).message, /An empty body/)
  })

  it('with many blanks before the data is data', async (t) => {
    const grid = `${' '.repeat(100_000)}{"headers":[{"name":"dx"}],"rows":[["a"]]}`
    const client = await clientOf(t, 200, grid)
    assert.deepEqual((await client.analytics.aggregate({ dx: 'a' })).rows, [['a']])
  })

  for (const first of ['"httpStatus":"Conflict"', '"httpStatusCode" : 409', '"errorCode":"E7124"']) {
    it(`that is an error object with ${first} first is told`, async (t) => {
      const client = await clientOf(t, 200, `{${first},"message":"no"}`)
      assert.equal((await failureOf(client, 'json')).code, 'ERR_DHIS2_API')
      const path = join(await emptyDirectory(t), 'x.json')
      await assert.rejects(client.analytics.streamTo(path, { dx: 'a' }), { code: 'ERR_DHIS2_API' })
    })
  }

  it('whose first key holds a quote is data', async (t) => {
    const client = await clientOf(t, 200, '{"a\\"b":1,"headers":[{"name":"dx"}],"rows":[["a"]]}')
    assert.deepEqual((await client.analytics.aggregate({ dx: 'a' })).rows, [['a']])
  })

  it('of an error is told, as far as it is kept', async (t) => {
    const client = await clientOf(t, 409, `{"message":"${'no '.repeat(200_000)}"}`)
    const { message, ...error } = (await failureOf(client, 'json')) as Dhis2ClientError & { body: string }
    assert.ok(message.length < 5000)
    assert.ok(error.body.length <= 256 * 1024)
  })

  it('of a page under compression is told', async (t) => {
    const client = await clientOf(t, 200, gzipSync(page).toString('latin1'), 'content-encoding: gzip\r\n')
    assert.match((await failureOf(client, 'json')).message, /an HTML page \("Down"\)/)
  })
})

describe('a page made to be hard to look through', { timeout: 60_000 }, () => {
  for (const text of ['<title', '<title>', '&amp;', '%25', '\\\\u0025', '&amp;%25\\\\', 'E7124: ', '<html']) {
    it(`of nothing but ${text} is told`, async (t) => {
      for (const status of [200, 409]) {
        const server = await rawServer((socket) =>
          socket.end(`HTTP/1.1 ${status} x\r\nconnection: close\r\n\r\n<html>${text.repeat(100_000)}`),
        )
        const client = new Dhis2Client({
          baseUrl: server.url,
          retry: false,
          auth: { headers: () => ({ authorization: 'Basic YWRtaW46YSZhbXA7JTI1Yg==' }) },
        })
        t.after(async () => {
          await client.close()
          await server[Symbol.asyncDispose]()
        })
        await failureOf(client, 'json')
      }
    })
  }
})

describe('what is expected to be small', () => {
  it('is an error where it is not', async (t) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync(`{"version":"2.42.1","x":[${'{},'.repeat(2_000_000)}{}]}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = new Dhis2Client({ baseUrl: `http://127.0.0.1:${port}`, retry: false })
    t.after(async () => {
      await client.close()
      server.closeAllConnections()
      server.close()
    })
    await assert.rejects(client.system.info(), {
      code: 'ERR_UNEXPECTED_CONTENT',
      message: /More than \d+ bytes where few were expected \[GET/,
    })
  })
})
