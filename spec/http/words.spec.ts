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

  for (const format of ['json', 'csv', 'xml', 'html', 'xlsx'] as const) {
    it(`a question that is too large for the server, in ${format}`, async (t) => {
      const { client } = await connected(t, { maxRows: 10 })
      const query = { ...question, endpoint: `/api/analytics.${format}` as const }
      await assert.rejects(client.analytics.stream(query).toArray(), {
        errorCode: 'E7128',
        message: /^\d+ E7128: .* limit: 10 \[GET .*; ask for less at a time: fewer data items or periods/,
        stack: /; ask for less at a time/,
      })
    })
  }

  const refused = (errorCode: string, text = 'No') =>
    JSON.stringify({ httpStatusCode: 409, status: 'ERROR', message: text, errorCode })
  const tooMuch: [title: string, answer: object][] = [
    ['a query that took too long', { status: 409, body: refused('E7131') }],
    ['the same under 200', { body: refused('E7131') }],
    ['the same in an object that ends in its code', { body: `{"title":"no",${refused('E7131').slice(1)}` }],
    ['the same in CSV', { body: 'E7131: Query failed, likely because the query timed out' }],
    ['the same in CSV with a placeholder', { body: 'E7128: Query result set exceeded max limit: `{0}`' }],
    ['too many combinations', { status: 409, body: refused('E7151') }],
    ['an answer too large for a proxy', { status: 413, body: '<html><title>413 Too Large</title></html>' }],
  ]
  for (const [title, answer] of tooMuch) {
    it(`less at a time: ${title}`, async (t) => {
      const { client, server } = await connected(t)
      server.misbehave(answer)
      await assert.rejects(client.analytics.aggregate(question), {
        name: 'Dhis2ApiError',
        message: /; ask for less at a time: fewer data items or periods/,
      })
    })
  }

  it('nothing of the kind for another refusal', async (t) => {
    const { client, server } = await connected(t)
    for (const answer of [{ status: 409, body: refused('E7124') }, { body: 'E7124: No' }, { status: 500 }]) {
      server.misbehave(answer)
      await assert.rejects(
        client.analytics.aggregate(question),
        (error: Error) => !/ask for less/.test(error.message),
      )
    }
  })

  for (const status of [414, 431]) {
    it(`a URL that is too long, ${status} in CSV`, async (t) => {
      const { client, server } = await connected(t)
      server.misbehave({ status, body: 'E7128: no' })
      const query = { ...question, endpoint: '/api/analytics.csv' as const }
      await assert.rejects(client.analytics.stream(query).toArray(), {
        message: /; the URL of \d+ bytes, .* ask for less: a level/,
      })
    })
  }
})
