import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Agent } from 'undici'
import { startDhis2 } from '../../examples/support/dhis2-server.ts'
import { Dhis2Client, QueryError } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { startProxy } from '../support/proxy.ts'
import { httpText, rawServer } from '../support/raw-server.ts'
import { certificate, key } from './certificate.ts'

/** Environment variables for as long as the test. */
function environment(t: TestContext, variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name]
    process.env[name] = value
    t.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}

describe('a proxy', () => {
  it('that is named gets the requests', async (t) => {
    const proxy = await startProxy(t)
    const { server, client } = await connected(t, {}, { proxy: proxy.url })
    assert.ok((await client.analytics.aggregate(question)).rows.length)
    assert.ok((await client.analytics.rows(question).toArray()).length)
    assert.equal(server.requests.length, 2)
    assert.equal(proxy.asked.length, 2)
    assert.ok(proxy.asked[0]!.startsWith(`GET ${server.url}/api/analytics.json?`))
  })

  it('is given the credentials in its URL, and none of them shows', async (t) => {
    const proxy = await startProxy(t, 'me:se%cret')
    const url = new URL(proxy.url)
    url.username = 'me'
    url.password = encodeURIComponent('se%cret')
    const { client } = await connected(t, {}, { proxy: url })
    assert.ok((await client.system.info()).version)
    const wrong = await connected(t, {}, { proxy: proxy.url, retry: false })
    await assert.rejects(wrong.client.system.info(), (error: Error) => /407/.test(error.message))
  })

  it('is what the environment says', async (t) => {
    const proxy = await startProxy(t)
    environment(t, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '', no_proxy: '' })
    const { client } = await connected(t, {}, { proxy: 'env' })
    await client.system.info()
    assert.equal(proxy.asked.length, 1)
    environment(t, { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' })
    const { client: direct } = await connected(t, {}, { proxy: 'env' })
    await direct.system.info()
    assert.equal(proxy.asked.length, 1)
  })

  it('of the environment has to be one, and nobody sees what is there else', (t) => {
    environment(t, { HTTPS_PROXY: '' })
    for (const value of ['me:secret@proxy:3128', 'proxy.example.org:3128', 'socks5://proxy:1']) {
      process.env['HTTPS_PROXY'] = value
      assert.throws(
        () => new Dhis2Client({ baseUrl: 'https://dhis2.example.org', proxy: 'env' }),
        (error: Error) =>
          error instanceof QueryError &&
          /HTTPS_PROXY must be/.test(error.message) &&
          !/secret/.test(error.message),
      )
    }
  })

  it('of the environment is used where Node uses it', async (t) => {
    const proxy = await startProxy(t)
    environment(t, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '', no_proxy: '' })
    const { client: without } = await connected(t)
    await without.system.info()
    assert.equal(proxy.asked.length, 0)
    environment(t, { NODE_USE_ENV_PROXY: '1' })
    const { client } = await connected(t)
    await client.system.info()
    assert.equal(proxy.asked.length, 1)
  })

  it('is a tunnel for HTTPS, through which it sees nothing', async (t) => {
    const proxy = await startProxy(t)
    const body = '{"headers":[],"rows":[]}'
    const server = await rawServer((socket) => socket.end(httpText({ connection: 'close' }, body)), {
      cert: certificate,
      key,
    })
    t.after(() => server[Symbol.asyncDispose]())
    const client = new Dhis2Client({ baseUrl: server.url, proxy: proxy.url, tls: { ca: certificate } })
    t.after(() => client.close())
    assert.equal((await client.analytics.aggregate({})).height, 0)
    assert.deepEqual(proxy.asked, [`CONNECT ${new URL(server.url).host}`])
  })

  it('that is not there is a ConnectionError', async (t) => {
    const { client } = await connected(t, {}, { proxy: 'http://127.0.0.1:1', retry: false })
    await assert.rejects(client.system.info(), { name: 'ConnectionError' })
  })

  it('lets many calls go on no more connections than there may be', async (t) => {
    const proxy = await startProxy(t)
    const { server, client } = await connected(t, {}, { proxy: proxy.url, pool: { connections: 2 } })
    await Promise.all(Array.from({ length: 20 }, () => client.analytics.aggregate(question)))
    assert.equal(server.requests.length, 20)
  })

  it('can not be something else, nor stand beside a dispatcher', async (t) => {
    const server = await startDhis2()
    t.after(() => server.close())
    for (const proxy of ['', 'proxy.example.org', 'socks5://127.0.0.1:1080', 'ENV', 7]) {
      assert.throws(() => new Dhis2Client({ baseUrl: server.url, proxy: proxy as string }), {
        name: 'QueryError',
        message: /proxy: must be 'env', or the URL of an HTTP proxy/,
      })
    }
    const dispatcher = new Agent()
    t.after(() => dispatcher.close())
    assert.throws(() => new Dhis2Client({ baseUrl: server.url, proxy: 'env', dispatcher }), /proxy/)
  })
})
