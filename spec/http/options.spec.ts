import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  basicAuth,
  bearerToken,
  type CallOptions,
  type ClientOptions,
  Dhis2Client,
  personalAccessToken,
  QueryError,
} from '../../lib/index.ts'
import { assertNoSecrets } from '../support/leaks.ts'

const baseUrl = 'http://127.0.0.1:1'

describe('options that can not be right are QueryErrors', () => {
  const clientOptions: Record<string, [options: unknown, says: RegExp]> = {
    nothing: [undefined, /Dhis2Client/],
    'an unknown name': [{ baseURL: baseUrl }, /baseURL/],
    'an auth without headers()': [{ auth: { token: 'topsecret' } }, /auth: must be basicAuth/],
    'no attempts': [{ retry: { attempts: 0 } }, /retry/],
    'a retry that is true': [{ retry: true }, /retry/],
    'an unknown retry option': [{ retry: { retries: 3 } }, /retry/],
    'a jitter above 1': [{ retry: { jitter: 2 } }, /retry/],
    'a NaN timeout': [
      { timeouts: { bodyMs: Number.NaN } },
      /timeouts\.bodyMs: must be a number of milliseconds/,
    ],
    'a timeout in words': [{ timeouts: { headersMs: '30s' } }, /timeouts\.headersMs: must be/],
    'no connections': [{ pool: { connections: 0 } }, /pool\.connections/],
    'an unknown TLS option': [{ tls: { rejectUnauthorised: false } }, /rejectUnauthorised/],
    'a TLS option in words': [{ tls: { rejectUnauthorized: 'false' } }, /tls\.rejectUnauthorized/],
    'a passphrase that is a number': [{ tls: { passphrase: 987654 } }, /tls\.passphrase/],
    'a ca that is no certificate': [{ tls: { ca: 5 } }, /tls\.ca: must be PEM text/],
    'a key that is no key': [{ tls: { key: 'topsecret', cert: 'topsecret' } }, /tls: /],
    'a dispatcher that is none': [{ dispatcher: {} }, /dispatcher: must be an undici Dispatcher/],
    'an empty user agent': [{ userAgent: '' }, /userAgent/],
    'a dispatcher beside a pool': [
      { dispatcher: { dispatch: () => true }, pool: { connections: 1 } },
      /belong to the dispatcher/,
    ],
  }
  for (const [title, [options, says]] of Object.entries(clientOptions)) {
    it(`${title}`, () => {
      const given = (options && { baseUrl, ...(options as object) }) as ClientOptions
      assert.throws(
        () => new Dhis2Client(given),
        (error: Error) => {
          assert.ok(error instanceof QueryError, String(error))
          assert.match(error.message, says)
          assertNoSecrets(error, ['topsecret', '987654'])
          return true
        },
      )
    })
  }

  const callOptions: Record<string, unknown> = {
    'an unknown name': { timeout: 5 },
    'a signal that is none': { signal: {} },
    'a connect timeout for one call': { timeouts: { connectMs: 5 } },
    'half a byte': { highWaterMark: 0.5 },
    'not an object': 5,
  }
  for (const [title, options] of Object.entries(callOptions)) {
    it(`of a call: ${title}`, async () => {
      await using client = new Dhis2Client({ baseUrl })
      const given = options as CallOptions
      assert.throws(() => client.analytics.stream({}, given), QueryError)
      assert.throws(() => client.analytics.rows({}, given), QueryError)
      await assert.rejects(client.analytics.aggregate({}, given), QueryError)
      await assert.rejects(client.analytics.streamTo('x', {}, given), QueryError)
      await assert.rejects(client.system.info(given), QueryError)
    })
  }

  it('credentials', () => {
    const wrong: (() => unknown)[] = [
      () => basicAuth('', 'topsecret'),
      () => basicAuth('a:b', 'topsecret'),
      () => basicAuth('admin', ''),
      () => basicAuth('admin', undefined as unknown as string),
      () => personalAccessToken(''),
      () => personalAccessToken('topsecret \n'),
      () => personalAccessToken('topsécret'),
      () => bearerToken('topsecret\r\nx: y'),
      () => bearerToken(undefined as unknown as string),
    ]
    for (const make of wrong) {
      assert.throws(make, (error: Error) => {
        assertNoSecrets(error, ['topsecret', 'topsécret'])
        return error instanceof QueryError
      })
    }
  })

  it('headers() of an own object that gives no headers', async () => {
    for (const headers of [undefined, { authorization: 5 }]) {
      const auth = { headers: () => headers as unknown as Record<string, string> }
      await using client = new Dhis2Client({ baseUrl, auth })
      await assert.rejects(client.system.info(), { name: 'QueryError', message: /headers\(\) must return/ })
    }
  })
})
