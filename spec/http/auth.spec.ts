import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { demoBearer, demoToken, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import {
  type Auth,
  AuthenticationError,
  basicAuth,
  bearerToken,
  Dhis2Client,
  personalAccessToken,
} from '../../lib/index.ts'
import { assertNoSecrets } from '../support/leaks.ts'
import { rawServer } from '../support/raw-server.ts'

describe('auth', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 5, credentials: { users: { admin: 'district', zoë: 'pä:ss' } } })
  })
  after(() => server.close())
  const clientOf = (auth: Auth | undefined) => new Dhis2Client({ baseUrl: server.url, auth })

  const accepted: Record<string, Auth> = {
    'basicAuth()': basicAuth('admin', 'district'),
    'basicAuth() beyond ASCII': basicAuth('zoë', 'pä:ss'),
    'personalAccessToken()': personalAccessToken(demoToken),
    'bearerToken()': bearerToken(demoBearer),
    'bearerToken() of a function': bearerToken(() => demoBearer),
    'bearerToken() of an async function': bearerToken(async () => demoBearer),
    'an object of your own': { headers: () => ({ authorization: `Bearer ${demoBearer}` }) },
    'an async object of your own': { headers: async () => ({ authorization: `Bearer ${demoBearer}` }) },
  }
  for (const [title, auth] of Object.entries(accepted)) {
    it(`${title} is let in`, async () => {
      await using client = clientOf(auth)
      assert.equal((await client.system.info()).version, '2.43.1')
    })
  }

  const refused: Record<string, [auth: Auth | undefined, says: RegExp]> = {
    nobody: [undefined, /^401/],
    'a bad password': [basicAuth('admin', 'wrongpassword'), /^401: Unauthorized/],
    'an unknown token': [personalAccessToken(`${demoToken.slice(0, -1)}5`), /\(ApiToken\)/],
    'an expired bearer token': [bearerToken('bearer-expired'), /invalid_token/],
  }
  for (const [title, [auth, says]] of Object.entries(refused)) {
    it(`${title} is an AuthenticationError that shows no secret`, async () => {
      await using client = clientOf(auth)
      await assert.rejects(client.system.info(), (error: Error) => {
        assert.ok(error instanceof AuthenticationError)
        assert.equal(error.httpStatus, 401)
        assert.match(error.message, says)
        assertNoSecrets(error, [
          'wrongpassword',
          btoa('admin:wrongpassword'),
          demoToken.slice(0, -1),
          'bearer-expired',
        ])
        return true
      })
    })
  }

  it('a bearer function is asked once, and again after a 401', async () => {
    const tokens = ['first-token', 'second-token']
    const asked: string[] = []
    server.issueBearer('first-token')
    server.issueBearer('second-token')
    await using client = clientOf(
      bearerToken(() => {
        asked.push(tokens[asked.length] ?? 'none')
        return asked.at(-1)!
      }),
    )
    await client.system.info()
    await client.system.info()
    assert.deepEqual(asked, ['first-token'])
    server.revokeBearer('first-token')
    await client.system.info()
    assert.deepEqual(asked, tokens)
  })

  it('ten calls that meet a 401 together refresh once', async () => {
    let token = 'stale-token'
    let refreshes = 0
    await using client = clientOf({
      headers: () => ({ authorization: `Bearer ${token}` }),
      async refresh() {
        refreshes += 1
        await new Promise((resolve) => setTimeout(resolve, 10))
        token = demoBearer
      },
    })
    const infos = await Promise.all(Array.from({ length: 10 }, () => client.system.info()))
    assert.equal(infos.length, 10)
    assert.equal(refreshes, 1)
  })

  it('a second 401 after the refresh is an AuthenticationError', async () => {
    let refreshes = 0
    await using client = clientOf({
      headers: () => ({ authorization: 'Bearer always-wrong' }),
      refresh: () => {
        refreshes += 1
      },
    })
    await assert.rejects(client.system.info(), AuthenticationError)
    assert.equal(refreshes, 1)
  })

  it('what an auth of your own throws is what the call fails with, and the next call asks again', async () => {
    const boom = new Error('no token today')
    let calls = 0
    await using client = clientOf(
      bearerToken(() => {
        if (calls++ === 0) throw boom
        return demoBearer
      }),
    )
    await assert.rejects(client.system.info(), (error) => error === boom)
    assert.equal((await client.system.info()).version, '2.43.1')
  })

  it('a refresh that fails is what the call fails with', async () => {
    const boom = new Error('the token server is down')
    await using client = clientOf({
      headers: () => ({ authorization: 'Bearer always-wrong' }),
      refresh: () => Promise.reject(boom),
    })
    await assert.rejects(client.system.info(), (error) => error === boom)
  })

  it('a header that HTTP can not carry is an error that does not show it', async () => {
    await using client = clientOf({ headers: () => ({ authorization: 'top\nsecret-value' }) })
    await assert.rejects(client.system.info(), (error: Error) => {
      assertNoSecrets(error, ['secret-value'])
      return /invalid authorization header/.test(error.message)
    })
  })

  it('no inspection of auth or client shows a secret', () => {
    const client = clientOf(personalAccessToken(demoToken))
    const auths = [basicAuth('admin', 'topsecret'), personalAccessToken(demoToken), bearerToken('topsecret')]
    for (const value of [client, client.analytics, client.system, client.analytics.stream({}), ...auths]) {
      const shown = inspect(value, { depth: 20, showHidden: true }) + JSON.stringify({ value: auths })
      assert.doesNotMatch(shown, new RegExp(`topsecret|${demoToken}|${btoa('admin:topsecret')}`))
    }
  })

  it('credentials that an error page repeats are struck out of the error', async () => {
    for (const status of ['400 Bad Request', '401 No', '200 OK']) {
      await using echo = await rawServer((socket, head) => {
        const page = `<html><head><title>${status}</title></head><pre>${head}</pre>`
        socket.end(
          `HTTP/1.1 ${status}\r\nwww-authenticate: x\r\ncontent-length: ${page.length}\r\n\r\n${page}`,
        )
      })
      await using client = new Dhis2Client({ baseUrl: echo.url, auth: personalAccessToken(demoToken) })
      await assert.rejects(client.analytics.aggregate({}), (error: Error) => {
        assertNoSecrets(error, [demoToken])
        return true
      })
    }
  })
})
