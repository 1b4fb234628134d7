import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { basicAuth, bearerToken, type Dhis2ApiError, Dhis2Client } from '../../lib/index.ts'
import { connected } from '../support/connected.ts'
import { rawServer } from '../support/raw-server.ts'

const info = '{"version":"2.43.1"}'
const cookieIn = (head: string) => /^cookie: (.*)$/im.exec(head)?.[1]

const ask = (client: Dhis2Client) => text(client.analytics.stream({ dx: 'a' }))

/** A server that sets these cookies, answer by answer, and what `Cookie` each request had. */
async function setting(...answers: readonly (readonly string[])[]) {
  const cookies: (string | undefined)[] = []
  const server = await rawServer((socket, head, nth) => {
    cookies.push(cookieIn(String(head)))
    const lines = answers[nth] ?? []
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${lines.map((line) => `set-cookie: ${line}\r\n`).join('')}content-length: ${info.length}\r\nconnection: close\r\n\r\n${info}`,
    )
  })
  return { server, cookies }
}

describe('sessions', () => {
  test('are kept: 200 requests are one login', async (t) => {
    const { server, client } = await connected(t, {}, { auth: basicAuth('admin', 'district') })
    for (let i = 0; i < 200; i++) await client.system.info()
    assert.equal(server.logins, 1)
    assert.ok(server.requests.every(({ headers }) => headers.authorization))
  })

  test('begin once for each of the requests that are first together, and no more', async (t) => {
    const { server, client } = await connected(t)
    await Promise.all(Array.from({ length: 5 }, () => client.system.info()))
    const first = server.logins
    assert.ok(first <= 5)
    await Promise.all(Array.from({ length: 20 }, () => client.system.info()))
    assert.equal(server.logins, first)
  })

  test('are each client’s own', async (t) => {
    const { server, client } = await connected(t)
    await using other = new Dhis2Client({ baseUrl: server.url, auth: basicAuth('admin', 'district') })
    await client.system.info()
    await other.system.info()
    assert.equal(server.logins, 2)
    assert.notEqual(server.requests[1]?.headers.cookie, server.requests[0]?.headers.cookie ?? 'none')
    assert.equal(server.requests[1]?.headers.cookie, undefined)
  })

  test('are left when the credentials are refreshed', async (t) => {
    const tokens = ['bearer-good', 'bearer-new']
    const { server, client } = await connected(t, {}, { auth: bearerToken(() => tokens.shift()!) })
    await client.system.info()
    await client.system.info()
    server.issueBearer('bearer-new')
    server.revokeBearer('bearer-good')
    await client.system.info()
    const cookies = server.requests.map(({ headers }) => headers.cookie !== undefined)
    assert.deepEqual(cookies, [false, true, true, false])
    assert.equal(server.logins, 2)
  })

  test('are left when an auth gives other credentials', async (t) => {
    let user = 'one'
    const auth = { headers: () => ({ authorization: `Basic ${btoa(`${user}:secret-of-mine`)}` }) }
    const users = { one: 'secret-of-mine', two: 'secret-of-mine' }
    const { server, client } = await connected(t, { credentials: { users } }, { auth })
    await client.system.info()
    user = 'two'
    await client.system.info()
    await client.system.info()
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.cookie !== undefined),
      [false, false, true],
    )
  })
})

describe('cookies', () => {
  test('go back as a browser would send them', async () => {
    const { server, cookies } = await setting(
      [
        'a=1; Path=/',
        'sticky=node-2; Path=/api',
        'b=2; Path=/other',
        'c=3; Max-Age=0',
        'd=4; Secure',
        'e=5; Domain=example.org',
      ],
      ['a=one; Path=/', 'sticky=; Path=/api; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    )
    await using _ = server
    await using client = new Dhis2Client({ baseUrl: server.url })
    for (let i = 0; i < 3; i++) await ask(client)
    assert.deepEqual(
      cookies.map((cookie) => cookie?.split('; ').toSorted().join('; ')),
      [undefined, 'a=1; d=4; sticky=node-2', 'a=one; d=4'],
    )
  })

  test('stand beside one that the auth sends, which wins', async () => {
    const { server, cookies } = await setting(['mine=theirs', 'other=kept'])
    await using _ = server
    await using client = new Dhis2Client({
      baseUrl: server.url,
      auth: { headers: () => ({ Cookie: 'mine=1' }) },
    })
    for (let i = 0; i < 2; i++) await ask(client)
    assert.deepEqual(cookies, ['mine=1', 'mine=1; other=kept'])
  })

  test('that are garbage, huge or thousands fail nothing, and few are kept', async () => {
    const garbage = [
      '',
      ';;;',
      '=',
      'x',
      '\u00ff\u00fe=1',
      `big=${'x'.repeat(10_000)}`,
      'a=1; Domain=.com',
      'b=2; Max-Age=never',
    ]
    const many = Array.from({ length: 300 }, (_, i) => `n${i}=${i}`)
    const { server, cookies } = await setting(
      garbage,
      many.slice(0, 100),
      many.slice(100, 200),
      many.slice(200),
    )
    await using _ = server
    await using client = new Dhis2Client({ baseUrl: server.url })
    for (let i = 0; i < 5; i++) assert.equal(await ask(client), info)
    const count = cookies.at(-1)!.split('; ').length
    assert.ok(count > 10 && count <= 50, `${count} cookies`)
    assert.ok(!cookies.some((cookie) => cookie?.includes('xxxx')))
  })

  test('are taken from errors too, and shown in none', async () => {
    const secret = 'session-secret-0123456789'
    let nth = 0
    await using server = await rawServer((socket, head) => {
      nth += 1
      if (nth === 1) {
        socket.end(
          `HTTP/1.1 409 Conflict\r\nset-cookie: JSESSIONID=${secret}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
        )
      } else {
        const shown = JSON.stringify({
          httpStatusCode: 500,
          status: 'ERROR',
          message: `You sent ${cookieIn(String(head))}`,
        })
        socket.end(`HTTP/1.1 500 No\r\ncontent-length: ${shown.length}\r\nconnection: close\r\n\r\n${shown}`)
      }
    })
    await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
    await assert.rejects(ask(client))
    await assert.rejects(ask(client), (error: Dhis2ApiError) => {
      assert.ok(!JSON.stringify([error.message, error.body, error.request]).includes(secret))
      assert.match(String(error.message), /You sent JSESSIONID=\[concealed\]/)
      return true
    })
  })
})
