import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  AuthenticationError,
  type Dhis2ApiError,
  Dhis2Client,
  QueryError,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { connected } from '../support/connected.ts'

describe('errors that say what to do', () => {
  const page =
    '<!doctype html><html><head><title>HTTP Status 400 – Bad Request</title></head><body></body></html>'
  for (const status of [400, 414, 431]) {
    test(`a URL that is too long, answered with ${status}`, async (t) => {
      const { client, server } = await connected(t)
      server.misbehave({ status, body: page })
      const dx = Array.from({ length: 700 }, (_, i) => `element${String(i).padStart(4, '0')}`)
      await assert.rejects(
        client.analytics.aggregate({ dx, pe: '2024', ou: 'a' }),
        (error: Dhis2ApiError) => {
          assert.equal(error.status, status)
          assert.match(
            error.message,
            /the URL is \d{4,5} bytes long, and servers take about 8,000: ask for less/,
          )
          return true
        },
      )
    })
  }

  test('a bad request that is short is about something else', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({ status: 400, body: page })
    await assert.rejects(
      client.analytics.aggregate({ dx: 'a' }),
      (error: Error) => !/bytes long/.test(error.message),
    )
  })

  test('a malformed token is about who one is', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({
      status: 400,
      body: '{"httpStatus":"Bad Request","httpStatusCode":400,"status":"ERROR","message":"Checksum validation failed"}',
    })
    await assert.rejects(
      client.analytics.aggregate({ dx: 'a' }),
      (error: AuthenticationError) => error instanceof AuthenticationError && error.status === 400,
    )
  })

  test('a CSV error with its placeholders unfilled points to the JSON', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({
      body: 'E7124: Dimension is present in query without any valid dimension options: `{0}`',
    })
    await assert.rejects(
      client.analytics.streamTo('out/never.csv', { endpoint: '/api/analytics.csv', dx: 'a' }),
      (error: Dhis2ApiError) =>
        error.errorCode === 'E7124' && /\.json of the same question tells more/.test(error.message),
    )
  })

  const redirects: [title: string, location: string, wanted: RegExp, never: RegExp][] = [
    [
      'to an identity provider',
      'https://login.example.org/authorize?secret=1',
      /another host.*personal access token/,
      /baseUrl|authorize|secret/,
    ],
    ['on the same host', '/somewhere/private', /look whether baseUrl has the whole context path/, /private/],
    [
      'to another port',
      'http://127.0.0.1:9/dhis',
      /if the server lives at http:\/\/127\.0\.0\.1:9, write that in baseUrl/,
      /127\.0\.0\.1:9\/dhis/,
    ],
  ]
  for (const [title, location, wanted, never] of redirects) {
    test(`a redirect ${title}`, async (t) => {
      const { client, server } = await connected(t)
      server.misbehave({ redirect: location })
      await assert.rejects(client.analytics.aggregate({ dx: 'a' }), (error: Error) => {
        assert.ok(error instanceof UnexpectedContentError)
        assert.match(error.message, wanted)
        assert.doesNotMatch(error.message, never)
        return true
      })
    })
  }

  for (const page of [
    'dhis-web-dashboard/',
    'dhis-web-commons/security/login.action',
    'login/',
    'apps/dashboard',
    'index.html',
  ]) {
    test(`a baseUrl that is a page: ${page}`, () => {
      assert.throws(
        () => new Dhis2Client({ baseUrl: `https://example.org/dhis/${page}` }),
        (error: Error) =>
          error instanceof QueryError && /the server and not a page of it/.test(error.message),
      )
    })
  }
})
