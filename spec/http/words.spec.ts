import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { type ClientOptions, Dhis2Client, parseRows, personalAccessToken, toCsv } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { httpText, rawServer } from '../support/raw-server.ts'
import { certificate, key } from './certificate.ts'

describe('what is said of', () => {
  it('HTTPS on a port of HTTP', async (t) => {
    const { server } = await connected(t)
    await using client = new Dhis2Client({ baseUrl: server.url.replace('http:', 'https:'), retry: false })
    await assert.rejects(client.system.info(), {
      name: 'ConnectionError',
      message: /the server speaks HTTP without TLS there: write http:\/\/ in baseUrl/,
    })
  })

  it('HTTP on a port of HTTPS', async () => {
    await using server = await rawServer((socket) => socket.end(httpText({}, '{}')), {
      cert: certificate,
      key,
    })
    await using client = new Dhis2Client({ baseUrl: server.url.replace('https:', 'http:'), retry: false })
    await assert.rejects(client.system.info(), { name: 'ConnectionError' })
  })

  it('a stage that is named and not called', async (t) => {
    const { client } = await connected(t)
    await assert.rejects(pipeline(client.analytics.stream(question), parseRows as never, toCsv(), text), {
      name: 'QueryError',
      message: 'parseRows: these are no options, but a stream; write parseRows() in the pipeline',
    })
  })

  it('a token that is not there', () => {
    for (const none of [undefined, '']) {
      assert.throws(() => personalAccessToken(none as string), {
        message: /is the environment variable .* set\?/,
      })
    }
  })

  it('a path in place of a certificate', () => {
    const options: ClientOptions = { baseUrl: 'https://dhis2.example.org', tls: { ca: '/etc/ssl/ca.pem' } }
    assert.throws(() => new Dhis2Client(options), {
      message: /tls\.ca: must be PEM text such as readFileSync/,
    })
  })

  it('a dispatcher of an old undici', async (t) => {
    const { server } = await connected(t)
    class Old {
      dispatch(): boolean {
        throw new TypeError('invalid onConnect method')
      }
    }
    const client = new Dhis2Client({ baseUrl: server.url, dispatcher: new Old() as never })
    await assert.rejects(client.system.info(), {
      name: 'QueryError',
      message: /this Old is of an undici before 7; bring one of undici 7 or 8/,
    })
  })

  it('a question that is too large for the server', async (t) => {
    const { client } = await connected(t, { maxRows: 10 })
    await assert.rejects(client.analytics.aggregate(question), {
      errorCode: 'E7128',
      message: /ask for less at a time: fewer data items or periods/,
    })
  })
})
