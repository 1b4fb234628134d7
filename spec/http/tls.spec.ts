import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dhis2Client } from '../../lib/index.ts'
import { httpText, type RawServer, rawServer } from '../support/raw-server.ts'
import { certificate, key } from './certificate.ts'

describe('TLS', () => {
  let server: RawServer
  before(async () => {
    server = await rawServer(
      (socket) => socket.end(httpText({ connection: 'close' }, '{"headers":[],"rows":[]}')),
      {
        cert: certificate,
        key,
      },
    )
  })
  after(() => server[Symbol.asyncDispose]())

  it('a server whose certificate is the ca given is trusted', async () => {
    await using client = new Dhis2Client({ baseUrl: server.url, tls: { ca: certificate } })
    assert.equal((await client.system.info()).version, '2.43.1')
    assert.equal((await client.analytics.aggregate({})).height, 0)
  })

  it('one that nobody vouches for is a ConnectionError, and is not tried again', {
    timeout: 10_000,
  }, async () => {
    let attempts = 0
    await using client = new Dhis2Client({
      baseUrl: server.url,
      retry: { attempts: 5, baseDelayMs: 30_000, jitter: false },
      auth: { headers: () => ({ 'x-count': String(++attempts) }) },
    })
    await assert.rejects(client.system.info(), { code: 'ERR_CONNECTION', message: /self-signed certificate/ })
    assert.equal(attempts, 1)
  })

  it('one with another name is a ConnectionError', async () => {
    const tls = { ca: certificate, servername: 'other.example' }
    await using client = new Dhis2Client({ baseUrl: server.url, tls, retry: false })
    await assert.rejects(client.system.info(), { code: 'ERR_CONNECTION', message: /altnames|does not match/ })
  })

  it('a redirect from it to http on the same host says that credentials would go in the clear', async () => {
    const location = 'http://127.0.0.1/dhis/api/analytics.json'
    const head = `HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`
    await using proxied = await rawServer((socket) => socket.end(head), { cert: certificate, key })
    await using client = new Dhis2Client({ baseUrl: proxied.url, tls: { ca: certificate } })
    await assert.rejects(client.analytics.aggregate({}), (error: Error) => {
      assert.match(error.message, /http: on the same host, where credentials would go in the clear/)
      return !error.message.includes('baseUrl')
    })
  })

  it('rejectUnauthorized: false trusts anybody', async () => {
    await using client = new Dhis2Client({ baseUrl: server.url, tls: { rejectUnauthorized: false } })
    assert.equal((await client.system.info()).version, '2.43.1')
  })
})
