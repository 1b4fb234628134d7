import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import {
  type Auth,
  basicAuth,
  bearerToken,
  countBytes,
  Dhis2Client,
  Dhis2ClientError,
  parseDataValues,
  parseRows,
} from '../../lib/index.ts'
import { emptyDirectory } from '../support/run-script.ts'

const json = { 'content-type': 'application/json' }

async function clientOf(t: TestContext, auth: Auth, answer: RequestListener): Promise<Dhis2Client> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Dhis2Client({ baseUrl: `http://127.0.0.1:${port}`, auth, retry: false })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return client
}

/** Each way to an answer that reads it. */
const ways = {
  aggregate: (client: Dhis2Client) => client.analytics.aggregate({ dx: 'a' }),
  rows: (client: Dhis2Client) => client.analytics.rows({ dx: 'a' }).toArray(),
  'an own pipeline': (client: Dhis2Client) =>
    pipeline(client.analytics.stream({ dx: 'a' }), countBytes(), parseRows(), async (rows) => {
      for await (const _ of rows);
    }),
  dataValues: (client: Dhis2Client) => client.analytics.dataValues({ dx: 'a', pe: '1', ou: 'b' }).toArray(),
  'own data values': (client: Dhis2Client) =>
    pipeline(client.analytics.stream({ dx: 'a' }), parseDataValues(), async (values) => {
      for await (const _ of values);
    }),
  'an SQL view': (client: Dhis2Client) => client.sqlViews.rows('dI68mLkP1wN').toArray(),
  list: (client: Dhis2Client) =>
    client.analytics
      .rows(client.analytics.events.query('IpHINAT79UW', { pe: '2024', ou: 'ImspTQPwCqd' }))
      .toArray(),
  'system info': (client: Dhis2Client) => client.system.info(),
}

async function failureOf(call: Promise<unknown>): Promise<Dhis2ClientError> {
  const error = await call.then(
    () => assert.fail('it went well'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Dhis2ClientError, String(error))
  return error
}

/** All that anybody may print of an error, in every escape that printing it adds or that it came in. */
function told(error: unknown): string {
  const texts = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error)]
  for (let each = error; each instanceof Error; each = each.cause) {
    texts.push(each.message, String(each.stack), JSON.stringify(each, Object.getOwnPropertyNames(each)))
  }
  const { url } = (error as Dhis2ClientError).request ?? { url: '' }
  return texts.join('\n').replaceAll(url, '')
}

function assertHidden(error: unknown, secrets: readonly string[]): void {
  const text = told(error)
  const plain = decodeAll(text)
  for (const secret of secrets) {
    for (const each of [text, plain]) {
      const at = each.indexOf(secret)
      assert.equal(at, -1, `${secret} shows in ${each.slice(Math.max(0, at - 60), at + 60)}`)
    }
  }
}

function decodeAll(text: string): string {
  let plain = text
  for (let i = 0; i < 5; i++) {
    plain = plain
      .replace(/\\u([\da-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/\\+(["'\\/])/g, '$1')
      .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
      .replace(/&#x([\da-f]+);/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
      .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
      .replace(/&quot;/g, '"')
      .replace(/&lt;/g, '<')
      .replace(/&amp;/g, '&')
  }
  return plain
}

const units = (text: string) =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const html = (text: string) =>
  text.replace(
    /[&"'<>]/g,
    (c) => ({ '&': '&amp;', '"': '&quot;', "'": '&#39;', '<': '&lt;', '>': '&gt;' })[c]!,
  )
const percent = (text: string) => encodeURIComponent(text)
const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
const inLatin = (text: string) =>
  [...Buffer.from(text, 'latin1')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const everyByte = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** The forms in which servers repeat a text: inside the quotes of JSON, and in others. */
const inQuotes: Record<string, (text: string) => string> = {
  'as JSON': inJson,
  'with slashes escaped': (text) => inJson(text).replaceAll('/', '\\/'),
  'as unicode escapes': units,
  'as capital unicode escapes': (text) => units(text).replace(/[\da-f]{4}/g, (hex) => hex.toUpperCase()),
  'as half unicode escapes': (text) =>
    inJson(text).replace(/[=&<>A-F]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  'percent-encoded': percent,
  'percent-encoded in small hex': (text) => percent(text).replace(/%../g, (hex) => hex.toLowerCase()),
  'percent-encoded twice': (text) => percent(percent(text)),
  'every byte percent-encoded': everyByte,
  'as a form': (text) => new URLSearchParams({ x: text }).toString().slice(2),
  'as HTML': (text) => inJson(html(text)),
  'as HTML twice': (text) => inJson(html(html(text))),
  'as HTML numbers': (text) => [...text].map((c) => `&#${c.codePointAt(0)};`).join(''),
  'as HTML hex': (text) => [...text].map((c) => `&#x${c.codePointAt(0)!.toString(16)};`).join(''),
  'as HTML names': (text) => inJson(html(text).replaceAll('ä', '&auml;').replaceAll('é', '&eacute;')),
  'percent-encoded in Latin-1': inLatin,
  'with its quotes doubled': (text) => inJson(text.replaceAll('"', '""').replaceAll("'", "''")),
  'as JSON in JSON': (text) => inJson(inJson(text)),
}

describe('a password that a server repeats', () => {
  const passwords = [
    'pa"ss=w/o\\rd',
    'hunter2secret',
    'päss&wörd <1>',
    "it's a + b",
    'sht',
    'x',
    'five5',
    '12345678',
  ]
  for (const password of passwords) {
    const auth = basicAuth('admin', password)
    const pair = `admin:${password}`
    const encoded = Buffer.from(pair).toString('base64')
    // One character is in every message; it must not stand where the server put it.
    const shown = password.length < 4 ? [`«${password}»`, encoded.replace(/=+$/, '')] : [password, encoded]
    const one = (form: (text: string) => string) =>
      `«${form(password)}» ${form(pair)} ${encoded} ${form(`Basic ${encoded}`)} ` +
      `${encoded.replace(/=+$/, '')} ${encoded.replaceAll('+', '-').replaceAll('/', '_')} ${form(encoded)}`
    const forms = Object.values(inQuotes)

    it(`${password} is in no error`, async (t) => {
      // Of each text the beginning is what excerpts show.
      let first = 0
      const said = () => {
        first += 1
        return forms.map((_, i) => one(forms[(i + first) % forms.length]!)).join(' ')
      }
      const bodies: [status: number, body: () => string][] = [
        [409, () => `{"httpStatusCode":409,"status":"ERROR","message":"${said()}","errorCode":"${said()}"}`],
        [401, () => `{"message":"no","${said()}":{"deep":[["${said()}"]]}}`],
        [404, () => `<html><title>${said()}</title>${said()}</html>`],
        [404, said],
        [200, () => `{"httpStatusCode":409,"status":"ERROR","message":"${said()}"}`],
        [
          200,
          () => `{"message":"${said()}","httpStatusCode":409,"errorCode":"${said()}","x":{"${said()}":[1]}}`,
        ],
        [200, () => `{"${said()}":1,"status":"ERROR","message":"no"}`],
        [200, () => `{"a":{},"${said()}":1}`],
        [200, () => `<html><title>${said()}</title>${said()}</html>`],
        [200, () => `E7124: ${said()}`],
        [200, said],
        [200, () => `{"headers":[{"name":"${said()}"}],"rows":[["a","b"]]}`],
        [200, () => `{"headers":[{"name":"a"}],"rows":[["${said()}" "a"]]}`],
        [200, () => `{"headers":[{"name":"a"}],"metaData":{"a":"${said()}",}}`],
        [200, () => `{"headers":[{"name":"a"}],"a":"${said()}" "b":1}`],
        [200, () => `{"dataValues":[{"dataElement":"${said()}"}]}`],
        [200, () => `{"version":{"${said()}":1}}`],
        [200, () => `{"a":"${said()}"`],
        [203, said],
      ]
      for (const [status, body] of bodies) {
        const client = await clientOf(t, auth, (_, response) => response.writeHead(status, json).end(body()))
        for (const way of Object.values(ways)) assertHidden(await failureOf(way(client)), shown)
        const path = join(await emptyDirectory(t), 'x.json')
        const failure = await client.analytics.streamTo(path, { dx: 'a' }).catch((error: unknown) => error)
        if (failure instanceof Error) assertHidden(failure, shown)
      }
    })
  }

  for (const [name, form] of Object.entries(inQuotes)) {
    it(`${name} is not in the body of an error`, async (t) => {
      const password = 'pa"ss=w/o\\rd é'
      const client = await clientOf(t, basicAuth('admin', password), (_, response) => {
        response.writeHead(409, json).end(`{"message":"a ${form(password)} b","${form(password)}":1}`)
      })
      const error = await failureOf(ways.aggregate(client))
      assert.deepEqual((error as Dhis2ClientError & { body: unknown }).body, {
        message: 'a [concealed] b',
        '[concealed]': 1,
      })
    })
  }

  it('in a challenge or the host of a redirect is struck out', async (t) => {
    const password = 'a b/"c='
    const encoded = Buffer.from(`admin:${password}`).toString('base64')
    const client = await clientOf(t, basicAuth('admin', password), (request, response) => {
      const isRedirect = request.url?.includes('redirect')
      response.writeHead(isRedirect ? 302 : 401, {
        'www-authenticate': `Basic realm="${encodeURIComponent(password)} ${inJson(password)} ${encoded}"`,
        ...(isRedirect && { location: `http://${encoded.replace(/=+$/, '')}.example/` }),
      })
      response.end()
    })
    for (const dx of ['a', 'redirect']) {
      assertHidden(await failureOf(client.analytics.aggregate({ dx })), [password, encoded])
    }
  })

  it('is struck out where an excerpt begins or ends in the middle of it', async (t) => {
    const token = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    for (let before = 0; before < 60; before++) {
      const filler = '.'.repeat(before)
      for (const body of [
        `{"headers":[],"rows":[["${filler}${token}" x]]}`,
        `{"headers":[],"rows":[[x,"${filler}${token}"]]}`,
        `{"headers":[],"a": ${filler}${token}}`,
        `{"headers":[],"metaData":{"a":"${filler}${token}" "b":"${token}"}}`,
        `{"headers":[],"rows":[]} ${filler}${token}`,
        `${filler}${token}`,
      ]) {
        const client = await clientOf(t, bearerToken(token), (_, response) => response.end(body))
        for (const way of ['aggregate', 'own data values'] as const) {
          const text = told(await failureOf(ways[way](client)))
          for (let at = 0; at + 6 <= token.length; at++) {
            assert.ok(!text.includes(token.slice(at, at + 6)), `${body}: ${text}`)
          }
        }
      }
    }
  })

  it('leaves words that merely hold a short one', async (t) => {
    const client = await clientOf(t, basicAuth('admin', 'a'), (_, response) => {
      response.writeHead(409, json).end('{"message":"all data are bad: a=a, b"}')
    })
    const { message } = await failureOf(ways.aggregate(client))
    assert.match(message, /all data are bad: \[concealed\]=\[concealed\], b/)
  })

  it('as a number, a key called __proto__, or deep inside, is struck out of a body', async (t) => {
    const deep = 50_000
    const body = `{"message":"no","n":12345678,"__proto__":"12345678","deep":${'['.repeat(deep)}"12345678"${']'.repeat(deep)}}`
    const client = await clientOf(t, basicAuth('admin', '12345678'), (_, response) => {
      response.writeHead(409, json).end(body)
    })
    const error = (await failureOf(ways.aggregate(client))) as Dhis2ClientError & {
      body: Record<string, unknown>
    }
    let inner = error.body['deep']
    while (Array.isArray(inner)) [inner] = inner
    const { n, ['__proto__']: proto } = Object.fromEntries(Object.entries(error.body))
    assert.deepEqual([n, proto, inner], ['[concealed]', '[concealed]', '[concealed]'])
  })

  it('is struck out where only a part of the header is repeated', async (t) => {
    const authorization = 'Digest username="admin", response="6629fae49393a053", cnonce=0a4f113b5e'
    const client = await clientOf(t, { headers: () => ({ authorization }) }, (_, response) => {
      response.writeHead(409, json).end('{"message":"admin: 6629fae49393a053 of 0a4f113b5e"}')
    })
    const { message } = await failureOf(ways.aggregate(client))
    assert.match(message, /409: admin: \[concealed\] of \[concealed\]/)
  })

  it('is struck out where every character is an escape and an excerpt shows the middle', async (t) => {
    const password = 'correct horse battery staple'
    const client = await clientOf(t, basicAuth('admin', password), (_, response) => {
      const escaped = units(password)
      response.end(`{"headers":[],"rows":[["${escaped.slice(0, 80)}" ${escaped.slice(80)}"]]}`)
    })
    const { message } = await failureOf(ways.aggregate(client))
    assert.doesNotMatch(decodeAll(message), /[a-z]{4} ?[a-z]{3}"/)
    assertHidden({ message }, ['rse batt', 'battery'])
  })

  it('takes no time where cookies are long and repeat themselves', { timeout: 20_000 }, async (t) => {
    let nth = 0
    const client = await clientOf(t, bearerToken('abcdefgh12345678'), (_, response) => {
      nth += 1
      if (nth > 60) return response.writeHead(409).end('v'.repeat(250_000))
      const cookies = [1, 2, 3].map((each) => `c${nth}-${each}=${'v'.repeat(4000)}${nth}-${each}`)
      return response.setHeader('set-cookie', cookies).end('{"version":"2.42.1"}')
    })
    for (let i = 0; i < 60; i++) await client.system.info()
    assert.match((await failureOf(ways.aggregate(client))).message, /concealed/)
  })

  it('of a key or token in a header of any name is struck out, and a tenant is not', async (t) => {
    const headers = { 'x-api-key': 'k3y', 'x-tenant': '1234', cookie: 'sid=5; lang=en' }
    const client = await clientOf(t, { headers: () => headers }, (_, response) => {
      response.writeHead(409, json).end('{"message":"k3y and 1234 with sid=5, lang=en"}')
    })
    const { message } = await failureOf(ways.aggregate(client))
    assert.match(message, /409: \[concealed\] and 1234 with sid=\[concealed\], lang=en/)
  })
})
