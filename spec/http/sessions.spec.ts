import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { Agent, MockAgent } from 'undici'
import { demoToken, type StandInOptions } from '../../examples/support/dhis2-server.ts'
import {
  type Auth,
  AuthenticationError,
  basicAuth,
  type ClientOptions,
  Dhis2Client,
  Dhis2ClientError,
  personalAccessToken,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { assertNoSecrets, eventually } from '../support/leaks.ts'

const admin = basicAuth('admin', 'district')
const two: StandInOptions = { rows: 3, credentials: { users: { admin: 'district', zoë: 'pässword' } } }
const grid = JSON.stringify({ headers: [{ name: 'dx' }], rows: [['a']], height: 1 })

interface Seen {
  readonly cookies: (string | undefined)[]
  readonly url: string
  readonly client: Dhis2Client
}

/** A server that answers as told, and a client of it. `cookies` are the `Cookie` headers of the requests. */
async function answering(
  t: TestContext,
  answer: RequestListener,
  options: Partial<ClientOptions> = {},
  host = '127.0.0.1',
): Promise<Seen> {
  const cookies: (string | undefined)[] = []
  const server = createServer((request, response) => {
    cookies.push(request.headers.cookie)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://${host}:${(server.address() as AddressInfo).port}`
  const client = new Dhis2Client({ baseUrl: url, auth: admin, retry: { baseDelayMs: 0 }, ...options })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return { cookies, url, client }
}

/** Sets these cookies with its first answer. */
function setting(lines: string | readonly string[]): RequestListener {
  let nth = 0
  return (_, response) => {
    if (nth++ === 0) response.setHeader('set-cookie', lines)
    response.writeHead(200, { 'content-type': 'application/json' }).end(grid)
  }
}

const ask = (client: Dhis2Client) => client.analytics.aggregate(question)

describe('a session', () => {
  it('is one login, however many requests there are', async (t) => {
    const { server, client } = await connected(t, two, { auth: admin })
    for (let call = 0; call < 200; call++) await client.system.info()
    assert.equal(server.logins, 1)
    assert.ok(server.requests.every(({ headers }) => headers.authorization))
  })

  it('is one login by token too', async (t) => {
    const { server, client } = await connected(t, two)
    for (let call = 0; call < 20; call++) await ask(client)
    assert.equal(server.logins, 1)
  })

  for (const connections of [undefined, 1, 3]) {
    it(`is as many logins as there are connections (${connections ?? 10}) for calls that come at once`, async (t) => {
      const pool = connections === undefined ? undefined : { connections }
      const { server, client } = await connected(t, two, { auth: admin, pool })
      await Promise.all(Array.from({ length: 100 }, () => client.system.info()))
      assert.ok(server.logins <= (connections ?? 10), String(server.logins))
    })
  }

  it('is no more logins through a dispatcher of your own', async (t) => {
    const dispatcher = new Agent()
    t.after(() => dispatcher.close())
    const { server, client } = await connected(t, two, { auth: admin, dispatcher })
    await Promise.all(Array.from({ length: 100 }, () => client.system.info()))
    assert.ok(server.logins <= 10, String(server.logins))
  })

  it('is had by each client for itself', async (t) => {
    const { server, client } = await connected(t, two, { auth: admin })
    await using other = new Dhis2Client({ baseUrl: server.url, auth: basicAuth('zoë', 'pässword') })
    for (let call = 0; call < 5; call++) await Promise.all([client.system.info(), other.system.info()])
    assert.equal(server.logins, 2)
  })

  it('keeps to a context path', async (t) => {
    const { server, client } = await connected(t, { ...two, contextPath: '/dhis' }, { auth: admin })
    for (let call = 0; call < 5; call++) await client.system.info()
    assert.equal(server.logins, 1)
  })

  it('that the server has ended is begun anew', async (t) => {
    const { server, client } = await connected(t, two, { auth: admin })
    await client.system.info()
    server.endSessions()
    for (let call = 0; call < 5; call++) await client.system.info()
    assert.equal(server.logins, 2)
  })

  it('is begun by answers of any status', async (t) => {
    for (const status of [500, 409, 401, 302]) {
      const { cookies, client } = await answering(t, (_, response) => {
        response.writeHead(status, { 'set-cookie': 'JSESSIONID=abcdefgh; Path=/', location: '/x' }).end()
      })
      await assert.rejects(ask(client))
      await assert.rejects(ask(client))
      assert.deepEqual(cookies, [undefined, 'JSESSIONID=abcdefgh'])
    }
  })

  it('is begun before an answer is tried again', async (t) => {
    let nth = 0
    const { cookies, client } = await answering(t, (_, response) => {
      if (nth++ === 0) response.writeHead(503, { 'set-cookie': 'route=node-1; Path=/' }).end()
      else response.end(grid)
    })
    await ask(client)
    assert.deepEqual(cookies, [undefined, 'route=node-1'])
  })

  it('does not hold up calls where the server sets no cookies', { timeout: 10_000 }, async (t) => {
    const held: (() => void)[] = []
    const { cookies, client } = await answering(
      t,
      (_, response) => {
        if (held.push(() => response.end(grid)) === 1) held[0]!()
      },
      { pool: { connections: 5 } },
    )
    const calls = Array.from({ length: 9 }, () => ask(client))
    await eventually(() => cookies.length === 6, 'the connections are all in use')
    for (const answer of held.splice(1)) answer()
    await eventually(() => cookies.length === 9, 'the rest is sent')
    for (const answer of held.splice(0)) answer()
    await Promise.all(calls)
  })

  it('lets the next call go when one that waited, or was under way, is aborted or fails', {
    timeout: 10_000,
  }, async (t) => {
    let nth = 0
    const { client } = await answering(
      t,
      (_, response) => {
        if (++nth === 2) response.socket?.destroy()
        else if (nth > 2) response.end(grid)
      },
      { pool: { connections: 1 }, retry: false },
    )
    const aborts = [new AbortController(), new AbortController()]
    const aborted = aborts.map(({ signal }) =>
      assert.rejects(client.analytics.aggregate(question, { signal }), { name: 'AbortError' }),
    )
    const failed = assert.rejects(ask(client), { code: 'ERR_CONNECTION' })
    const calls = Array.from({ length: 3 }, () => ask(client))
    await eventually(() => nth === 1, 'the first request is there')
    for (const abort of aborts.toReversed()) abort.abort()
    await Promise.all([...aborted, failed, ...calls])
  })

  it('ends its waiting calls with the client', { timeout: 10_000 }, async (t) => {
    const { cookies, client } = await answering(t, () => undefined, { pool: { connections: 1 } })
    const calls = Array.from({ length: 5 }, () =>
      assert.rejects(client.system.info(), { code: 'ERR_CLIENT_CLOSED' }),
    )
    await eventually(() => cookies.length === 1, 'the first request is there')
    await client.close()
    await Promise.all(calls)
    assert.equal(cookies.length, 1)
  })
})

describe('credentials that change', () => {
  it('take no cookies of others with them', async (t) => {
    let now = admin
    const auth: Auth = { headers: () => now.headers() }
    const { server, client } = await connected(t, two, { auth })
    const who = async (user: Auth) => {
      now = user
      await client.system.info()
      return server.requests.at(-1)?.headers.cookie
    }
    const zoë = basicAuth('zoë', 'pässword')
    assert.equal(await who(admin), undefined)
    const adminsCookie = await who(admin)
    assert.match(adminsCookie ?? '', /^JSESSIONID=/)
    assert.equal(await who(zoë), undefined)
    assert.notEqual(await who(zoë), adminsCookie)
    assert.equal(await who(admin), undefined)
    now = basicAuth('admin', 'wrong password')
    await assert.rejects(client.system.info(), AuthenticationError)
  })

  it('never mix, however many calls are under way', async (t) => {
    const seen = new Map<string, string>()
    const mixed: string[] = []
    let sessions = 0
    const { client } = await answering(
      t,
      (request, response) => {
        const user = String(request.headers.authorization)
        const { cookie } = request.headers
        if (cookie && seen.get(cookie) !== user) mixed.push(`${user} with a cookie of ${seen.get(cookie)}`)
        const fresh = `JSESSIONID=session-${++sessions}`
        seen.set(fresh, user)
        setTimeout(
          () => {
            response.setHeader('set-cookie', `${fresh}; Path=/`)
            response.end(grid)
          },
          (sessions * 7) % 11,
        )
      },
      {
        auth: {
          headers: async () => {
            const user = `user-${Math.floor(Math.random() * 3)}`
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
            return { authorization: `Bearer ${user}` }
          },
        },
      },
    )
    await Promise.all(Array.from({ length: 60 }, () => ask(client)))
    assert.deepEqual(mixed, [])
  })

  it('by a refresh leave the cookies behind, also those that come late', async (t) => {
    let token = 'first-token'
    let slow: (() => void) | undefined
    const { cookies, client } = await answering(
      t,
      (request, response) => {
        const isFirst = request.headers.authorization === 'Bearer first-token'
        response.setHeader('set-cookie', `JSESSIONID=${isFirst ? 'oldsession' : 'newsession'}; Path=/`)
        if (isFirst && request.headers.cookie && !slow) slow = () => response.end(grid)
        else response.writeHead(isFirst && request.headers.cookie ? 401 : 200).end(grid)
      },
      {
        auth: {
          headers: () => ({ authorization: `Bearer ${token}` }),
          refresh: () => {
            token = 'second-token'
          },
        },
      },
    )
    await ask(client)
    const late = ask(client)
    await eventually(() => slow !== undefined, 'the slow request is there')
    await ask(client)
    slow?.()
    await late
    await ask(client)
    const old = 'JSESSIONID=oldsession'
    assert.deepEqual(cookies, [undefined, old, old, undefined, 'JSESSIONID=newsession'])
  })

  it('by a refresh while headers() still gives the old ones leave the new session alone', async (t) => {
    let token = 'first-token'
    let isHeld = false
    let giveOut: () => void = () => undefined
    const { cookies, client } = await answering(
      t,
      (request, response) => {
        const isNew = request.headers.authorization === 'Bearer second-token'
        response.setHeader('set-cookie', `JSESSIONID=of-${isNew ? 'new' : 'old'}; Path=/`)
        response.writeHead(isNew ? 200 : 401).end(grid)
      },
      {
        auth: {
          async headers() {
            const authorization = `Bearer ${token}`
            if (isHeld) await new Promise<void>((resolve) => (giveOut = resolve))
            return { authorization }
          },
          refresh: () => {
            token = 'second-token'
          },
        },
      },
    )
    isHeld = true
    const late = ask(client)
    await eventually(() => giveOut.length === 1, 'the late one has asked for its headers')
    isHeld = false
    await ask(client)
    giveOut()
    await late
    await ask(client)
    const fresh = 'JSESSIONID=of-new'
    assert.deepEqual(cookies, [undefined, undefined, undefined, fresh, fresh])
  })

  it('by a refresh to the very same leave them behind too', async (t) => {
    let nth = 0
    const { cookies, client } = await answering(
      t,
      (_, response) => {
        response.setHeader('set-cookie', `JSESSIONID=session-${++nth}; Path=/`)
        response.writeHead(nth === 2 ? 401 : 200).end(grid)
      },
      { auth: { headers: () => ({ authorization: 'Bearer same' }), refresh: () => undefined } },
    )
    await ask(client)
    await ask(client)
    assert.deepEqual(cookies, [undefined, 'JSESSIONID=session-1', undefined])
  })
})

describe('a cookie that has become too old', () => {
  for (const [status, location] of [
    [401, undefined],
    [302, '/login/'],
    [302, '/dhis-web-commons-security/logout.action'],
  ] as const) {
    it(`is dropped, and the request sent once without it, when it is answered with ${status} ${location ?? ''}`, async (t) => {
      let live = 'session-1'
      const { cookies, client } = await answering(t, (request, response) => {
        const { cookie } = request.headers
        const stale = cookie !== undefined && cookie !== `JSESSIONID=${live}`
        if (stale) {
          response.writeHead(status, {
            ...(location && { location }),
            'set-cookie': 'JSESSIONID=none; Path=/',
          })
        } else response.setHeader('set-cookie', `JSESSIONID=${live}; Path=/`)
        response.end(grid)
      })
      await ask(client)
      live = 'session-2'
      await ask(client)
      await ask(client)
      assert.deepEqual(cookies, [undefined, 'JSESSIONID=session-1', undefined, 'JSESSIONID=session-2'])
    })
  }

  it('is not sent again and again by credentials that are wrong, which may lock an account', async (t) => {
    const { cookies, client } = await answering(t, (_, response) => {
      response.writeHead(401, { 'set-cookie': 'JSESSIONID=whatever; Path=/' }).end()
    })
    for (let call = 0; call < 3; call++) await assert.rejects(ask(client), AuthenticationError)
    assert.equal(cookies.length, 3)
  })
})

describe('cookies', () => {
  const kept: [title: string, lines: string | string[], sent: string | undefined][] = [
    [
      'of a session and of a balancer',
      ['JSESSIONID=1; Path=/; HttpOnly', 'b=n2; Path=/'],
      'JSESSIONID=1; b=n2',
    ],
    ['of a path further down first', ['a=1; Path=/', 'b=2'], 'b=2; a=1'],
    ['of the path asked for', 'a=1; Path=/api', 'a=1'],
    ['of another path', 'a=1; Path=/apiary', undefined],
    ['of the host itself', 'a=1; Path=/; Domain=127.0.0.1', 'a=1'],
    ['of another host', 'a=1; Path=/; Domain=elsewhere.example', undefined],
    ['of a public suffix', 'a=1; Path=/; Domain=org', undefined],
    ['that are secure, on this machine', 'a=1; Path=/; Secure', 'a=1'],
    ['with a life of a minute', 'a=1; Path=/; Max-Age=60', 'a=1'],
    ['with a life that is over', ['a=1; Path=/', 'a=1; Path=/; Max-Age=0'], undefined],
    ['that expired', 'a=1; Path=/; Expires=Wed, 25 Nov 2020 03:41:22 GMT', undefined],
    ['that expire in a year nobody can read', 'a=1; Path=/; Expires=tomorrow', 'a=1'],
    ['set twice', ['a=1; Path=/', 'a=2; Path=/'], 'a=2'],
    ['with a value in quotes', 'a="b c"; Path=/', 'a="b c"'],
    ['with an equals sign in it', 'a=b=c==; Path=/', 'a=b=c=='],
    ['called __proto__', '__proto__=1; Path=/', '__proto__=1'],
    ['without a name', ['=1; Path=/', 'x', '', ';;;'], undefined],
    ['with a tab', 'a=b\tc; Path=/', undefined],
    ['that are huge', `a=${'x'.repeat(5000)}; Path=/`, undefined],
    ['with a prefix they do not deserve', '__Host-a=1; Path=/api', undefined],
  ]
  for (const [title, lines, sent] of kept) {
    it(`${title} are ${sent ? `sent as ${sent}` : 'not sent'}`, async (t) => {
      const { cookies, client } = await answering(t, setting(lines))
      await ask(client)
      await ask(client)
      assert.deepEqual(cookies, [undefined, sent])
    })
  }

  it('come back byte for byte beyond ASCII', async (t) => {
    const line = Buffer.from('a=Zoë 漢; Path=/').toString('latin1')
    const { cookies, client } = await answering(t, setting(line))
    await ask(client)
    await ask(client)
    assert.equal(cookies[1], Buffer.from('a=Zoë 漢').toString('latin1'))
  })

  it('go to a server called localhost too', async (t) => {
    const { cookies, client } = await answering(t, setting('a=1; Path=/; Domain=localhost'), {}, 'localhost')
    await ask(client)
    await ask(client)
    assert.deepEqual(cookies, [undefined, 'a=1'])
  })

  const hosts: [host: string, line: string][] = [
    ['http://dhis2', 'a=1; Path=/; Domain=dhis2'],
    ['http://[::1]:8080', 'a=1; Path=/; Domain=[::1]'],
    ['http://dhis2.example.org.', 'a=1; Path=/'],
    ['https://dhis2.example.org', 'a=1; Path=/; Secure; Domain=example.org'],
    ['https://me.github.io', '__Host-a=1; Path=/; Secure'],
  ]
  for (const [host, line] of hosts) {
    it(`of ${host} are kept`, async () => {
      const agent = new MockAgent({ enableCallHistory: true })
      agent.disableNetConnect()
      const replies = agent.get(host).intercept({ path: () => true })
      replies.reply(200, grid, { headers: { 'set-cookie': line } }).persist()
      const client = new Dhis2Client({ baseUrl: host, dispatcher: agent })
      await ask(client)
      await ask(client)
      const headers = agent.getCallHistory()?.lastCall()?.headers as Record<string, string>
      assert.equal(headers['cookie'], line.split(';')[0])
      await agent.close()
    })
  }

  it('by the thousand neither fill the memory nor the request', async (t) => {
    let nth = 0
    const { cookies, client } = await answering(t, (_, response) => {
      const lines = Array.from({ length: 100 }, () => `cookie-${++nth}=${'x'.repeat(60)}; Path=/`)
      response.setHeader('set-cookie', lines)
      response.end(grid)
    })
    for (let call = 0; call < 30; call++) await ask(client)
    const last = cookies.at(-1) ?? ''
    assert.ok(last.length <= 4200 && last.split('; ').length <= 50, `${last.length}`)
    assert.ok(last.includes('cookie-2900='), 'the latest are kept')
  })

  it('are kept for nobody in particular too', async (t) => {
    const { cookies, client } = await answering(t, setting('a=1; Path=/'), { auth: undefined })
    await ask(client)
    await ask(client)
    assert.deepEqual(cookies, [undefined, 'a=1'])
  })

  for (const name of ['cookie', 'Cookie']) {
    it(`of an auth of your own (${name}) are sent beside them, and stand against those of the same name`, async (t) => {
      const auth = { headers: () => ({ [name]: 'JSESSIONID=my-own; x=y' }) }
      const { cookies, client } = await answering(
        t,
        setting(['JSESSIONID=theirs-1; Path=/', 'route=node-2; Path=/']),
        { auth },
      )
      await ask(client)
      await ask(client)
      assert.deepEqual(cookies, ['JSESSIONID=my-own; x=y', 'JSESSIONID=my-own; x=y; route=node-2'])
    })
  }

  it('are left off where the URL leaves no room for them', async (t) => {
    const { cookies, client } = await answering(t, setting(`JSESSIONID=${'A'.repeat(200)}; Path=/`))
    await ask(client)
    const lengths = [1000, 7700, 9000]
    for (const length of lengths) await client.analytics.aggregate({ dx: 'x'.repeat(length) })
    assert.deepEqual(
      cookies.slice(1).map((cookie) => cookie !== undefined),
      [true, false, true],
    )
  })
})

describe('cookies are secrets', () => {
  const secret = 'A1B2C3D4E5F6'
  const line = `JSESSIONID=${secret}; Path=/; HttpOnly`

  it('in errors, whoever set them and whoever repeats them', async (t) => {
    const own = 'S3CRETS3CRET'
    const answers: RequestListener[] = [
      (_, response) => response.writeHead(200, { 'set-cookie': line }).end(grid),
      (request, response) => response.writeHead(409).end(`<pre>${request.headers.cookie}</pre>`),
      (request, response) => response.end(`<html><pre>${request.headers.cookie}</pre>`),
      (_, response) => response.writeHead(401, { 'set-cookie': line, 'www-authenticate': line }).end(line),
      (_, response) => response.writeHead(302, { 'set-cookie': line, location: `//${secret}/` }).end(),
      (_, response) => response.writeHead(302, { 'set-cookie': line, location: `/${secret}` }).end(),
      (_, response) => response.writeHead(206, { 'set-cookie': line }).end(line),
      // Refused cookies are no less secret.
      (_, response) => response.writeHead(500, { 'set-cookie': `${line}; Domain=a.example` }).end(line),
    ]
    let now = answers[0]!
    const { client } = await answering(t, (request, response) => now(request, response), {
      auth: { headers: () => ({ cookie: `token="${own}"; z=1` }) },
      retry: false,
    })
    await ask(client)
    for (now of answers.slice(1)) {
      await assert.rejects(ask(client), (error: Error) => {
        assert.ok(error instanceof Dhis2ClientError, String(error))
        assertNoSecrets(error, [secret, own])
        return true
      })
    }
  })

  it('in an answer that is no HTTP', async (t) => {
    const { client } = await answering(
      t,
      (_, response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\nbad header\r\nSet-Cookie: ${line}\r\n\r\n`)
      },
      { retry: false },
    )
    await assert.rejects(ask(client), (error: Error) => {
      assertNoSecrets(error, [secret])
      return error instanceof Dhis2ClientError
    })
  })

  it('in what a response event tells, and in every inspection', async (t) => {
    const { client } = await answering(t, setting(line))
    const told: unknown[] = [client]
    for (let call = 0; call < 2; call++) {
      const body = client.analytics.stream(question)
      body.on('response', (info) => told.push(info, body))
      await body.toArray()
    }
    assert.equal(told.length, 5)
    assert.ok(!inspect(told, { depth: 20, showHidden: true }).includes(secret))
    assert.ok(!JSON.stringify(told.slice(1)).includes(secret))
  })

  it('after many others too', async (t) => {
    let nth = 0
    const { client } = await answering(
      t,
      (request, response) => {
        response.setHeader('set-cookie', nth++ ? `SESSION_EXPIRE=server_time=${nth}00000; Path=/` : line)
        if (nth > 300) response.writeHead(409).end(request.headers.cookie)
        else response.end(grid)
      },
      { auth: personalAccessToken(demoToken) },
    )
    for (let call = 0; call < 300; call++) await ask(client)
    await assert.rejects(ask(client), (error: Error) => {
      assertNoSecrets(error, [secret])
      return /concealed/.test(inspect(error))
    })
  })
})
