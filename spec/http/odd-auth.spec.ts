import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Auth, bearerToken, Dhis2Client, QueryError } from '../../lib/index.ts'
import { all, ways } from '../faults/support.ts'
import { assertNoSecrets } from '../support/leaks.ts'
import { type RawServer, rawServer } from '../support/raw-server.ts'

const query = { dx: 'a', pe: '2024', ou: 'b' }
const nothings = [undefined, null, 0, '', false, Number.NaN, 0n]
const grid = '{"headers":[{"name":"dx"}],"rows":[["a"]],"height":1}'

describe('an auth that is odd', { timeout: 20_000 }, () => {
  let server: RawServer
  before(async () => {
    server = await rawServer((socket, head) => {
      const isRight = /authorization: right/i.test(head)
      const body = isRight ? grid : '{"message":"no"}'
      socket.write(`HTTP/1.1 ${isRight ? 200 : 401} x\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
  })
  after(() => server[Symbol.asyncDispose]())

  async function failuresOf(auth: unknown): Promise<unknown[]> {
    await using client = new Dhis2Client({
      baseUrl: server.url,
      auth: auth as Auth,
      retry: { baseDelayMs: 0 },
    })
    const { analytics, sqlViews } = client
    const list = analytics.events.query('IpHINAT79UW', { pe: '2024', ou: 'a' })
    const calls = [
      ...all.map((way) => () => ways[way](client, query, join(tmpdir(), 'never.json'))),
      () => analytics.dataValues(query).toArray(),
      () => sqlViews.rows('dI68mLkP1wN').toArray(),
      () => analytics.rows(list).toArray(),
    ]
    const failures: unknown[] = []
    for (const call of calls) {
      const [outcome] = await Promise.allSettled([call()])
      failures.push(outcome.status === 'rejected' ? outcome.reason : assert.fail('it went well'))
    }
    return failures
  }

  const fails: Record<string, (thrown: unknown) => unknown> = {
    'headers() that throws': (thrown) => ({
      headers() {
        throw thrown
      },
    }),
    'headers() that rejects': (thrown) => ({ headers: () => Promise.reject(thrown) }),
    'headers() whose promise is of its own kind': (thrown) => ({
      headers: () => ({
        // biome-ignore lint/suspicious/noThenProperty: it is one that people make.
        then(_: unknown, reject: (error: unknown) => void) {
          reject(thrown)
        },
      }),
    }),
    'a header that throws when it is read': (thrown) => ({
      headers: () => ({
        get authorization() {
          throw thrown
        },
      }),
    }),
    'refresh() that throws': (thrown) => ({
      headers: () => ({ authorization: 'wrong' }),
      refresh() {
        throw thrown
      },
    }),
    'refresh() that rejects': (thrown) => ({
      headers: () => ({ authorization: 'wrong' }),
      refresh: () => Promise.reject(thrown),
    }),
    'a token function that throws': (thrown) =>
      bearerToken(() => {
        throw thrown
      }),
    'a token function that rejects': (thrown) => bearerToken(() => Promise.reject(thrown)),
  }
  for (const [name, authOf] of Object.entries(fails)) {
    it(`with ${name} fails every call with its own error`, async () => {
      const boom = new Error('mine')
      for (const error of await failuresOf(authOf(boom))) {
        assert.equal(error, boom)
      }
    })

    it(`with ${name} fails every call also where that says nothing`, async () => {
      for (const nothing of nothings) {
        for (const error of await failuresOf(authOf(nothing))) {
          assert.ok(error instanceof Error)
          assert.match(error.message, /threw .*, which says nothing of what went wrong/)
        }
      }
    })
  }

  it('is tried again by the next call', async () => {
    let isDown = true
    const auths: Auth[] = [
      { headers: () => (isDown ? Promise.reject(undefined) : { authorization: 'right' }) },
      {
        headers: () => ({ authorization: isDown ? 'wrong' : 'right' }),
        refresh: () => Promise.reject(undefined),
      },
    ]
    for (const auth of auths) {
      isDown = true
      await using client = new Dhis2Client({ baseUrl: server.url, auth })
      await assert.rejects(client.analytics.aggregate(query))
      isDown = false
      assert.deepEqual((await client.analytics.aggregate(query)).rows, [['a']])
    }
  })

  const secret = 'top-secret-value'
  const odd: Record<string, () => unknown> = {
    undefined: () => undefined,
    null: () => null,
    'a number': () => 5,
    text: () => secret,
    'a list': () => [['authorization', secret]],
    'a Map': () => new Map([['authorization', secret]]),
    'a Headers': () => new Headers({ authorization: secret }),
    'a number for a value': () => ({ authorization: 5 }),
    'undefined for a value': () => ({ authorization: undefined }),
    'a list for a value': () => ({ authorization: [secret] }),
    'a promise for a value': () => ({ authorization: Promise.resolve(secret) }),
    'a promise that rejects for a value': () => ({ authorization: Promise.reject(new Error('later')) }),
    'a line break in a value': () => ({ authorization: `${secret}\r\nx-evil: 1` }),
    'a line feed at the end of a value': () => ({ authorization: `${secret}\n` }),
    'a NUL in a value': () => ({ authorization: `${secret}\0` }),
    'a value beyond Latin-1': () => ({ authorization: `${secret}🔑` }),
    'a line break in a name': () => ({ [`authorization: ${secret}\r\nx`]: 'y' }),
    'a space in a name': () => ({ [`a ${secret}`]: 'y' }),
    'an empty name': () => ({ '': secret }),
    'a function': () => () => ({ authorization: secret }),
    'a header that belongs to the connection': () => ({ 'Content-Length': '5', authorization: secret }),
    'a framing of its own': () => ({ 'transfer-encoding': 'chunked' }),
    'an expectation': () => ({ expect: '100-continue' }),
    'an upgrade': () => ({ upgrade: 'h2c' }),
    'a connection': () => ({ connection: 'upgrade' }),
  }
  for (const [name, given] of Object.entries(odd)) {
    it(`whose headers() gives ${name} is a QueryError that shows no secret, and nothing is sent`, async () => {
      const sent = server.requests.length
      for (const headers of [given, async () => given()]) {
        for (const error of await failuresOf({ headers })) {
          assert.ok(error instanceof QueryError, String(error))
          assert.match(error.message, /auth: /)
          assertNoSecrets(error, [secret])
        }
      }
      assert.equal(server.requests.length, sent)
    })
  }

  it('whose token function gives no token is a QueryError', async () => {
    for (const given of [undefined, null, 0, '', 'a b', 'a\nb', {}, 'ü']) {
      for (const token of [() => given, async () => given]) {
        for (const error of await failuresOf(bearerToken(token as () => string))) {
          assert.ok(error instanceof QueryError, String(error))
        }
      }
    }
  })

  it('with a refresh that is no function is refused', () => {
    const auth = { headers: () => ({}), refresh: true } as never
    assert.throws(() => new Dhis2Client({ baseUrl: server.url, auth }), QueryError)
  })

  it('may be sync or async, of a class, and refresh with whatever result', async () => {
    class Own {
      #isFresh = false
      headers() {
        return Promise.resolve({ authorization: this.#isFresh ? 'right' : 'wrong' })
      }
      refresh() {
        this.#isFresh = true
        return 5 as never
      }
    }
    await using client = new Dhis2Client({ baseUrl: server.url, auth: new Own() })
    assert.deepEqual((await client.analytics.aggregate(query)).rows, [['a']])
  })

  it('that waits for ever ends with the call or the client', async () => {
    const auth = { headers: () => new Promise<never>(() => undefined) }
    const client = new Dhis2Client({ baseUrl: server.url, auth })
    await assert.rejects(client.analytics.aggregate(query, { signal: AbortSignal.timeout(20) }), {
      name: 'AbortError',
    })
    const call = client.analytics.aggregate(query)
    await Promise.all([assert.rejects(call, { name: 'ClientClosedError' }), client.close()])
  })
})
