import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { basicAuth, type ClientOptions, Dhis2Client, QueryError } from '../../lib/index.ts'

const auth = basicAuth('admin', 'district')

describe('baseUrl', () => {
  const refused: [title: string, baseUrl: unknown, says: RegExp][] = [
    ['nothing', undefined, /baseUrl: must be a URL/],
    ['an empty string', '', /baseUrl: must be a URL|a URL/],
    ['a number', 8080, /baseUrl: must be a URL/],
    ['no URL', 'dhis2.example.org', /write it like 'https:/],
    ['another protocol', 'ftp://dhis2.example.org', /must be http or https, not ftp:/],
    ['a query', 'https://dhis2.example.org/?a=1', /without a query or fragment/],
    ['an empty query', 'https://dhis2.example.org/?', /without a query or fragment/],
    ['a fragment', 'https://dhis2.example.org/#a', /without a query or fragment/],
    ['credentials', 'https://admin:district@dhis2.example.org', /give them as auth/],
    ['the API', 'https://dhis2.example.org/api', /must stop before \/api/],
    [
      'an endpoint',
      'https://dhis2.example.org/x/api/analytics.json',
      /must stop before \/api; write '.*\/x'$/,
    ],
    ['an endpoint with its query', 'https://dhis2.example.org/x/api/me?a=1', /stop before \/api; .*\/x'$/],
  ]
  for (const [title, baseUrl, says] of refused) {
    it(`that is ${title} is refused, and not shown where it holds a password`, () => {
      assert.throws(
        () => new Dhis2Client({ baseUrl } as ClientOptions),
        (error: Error) =>
          error instanceof QueryError && says.test(error.message) && !/district/.test(error.stack ?? ''),
      )
    })
  }

  for (const [page, base] of [
    ['/dhis-web-dashboard/', ''],
    ['/dhis-web-dashboard', ''],
    ['/dhis/dhis-web-dashboard/#/nghVC4wtyzi', '/dhis'],
    ['/stable-2-42//dhis-web-data-visualizer/index.html#/abc', '/stable-2-42'],
    ['/dhis/dhis-web-commons/security/login.action', '/dhis'],
    ['/dhis-web-login/?error=1#/', ''],
    ['/a/b/login', '/a/b'],
    ['/dhis/login/', '/dhis'],
    ['/apps/dashboard#/', ''],
    ['/dhis/apps/data-visualizer', '/dhis'],
    ['/dhis/api/apps/line-listing/index.html', '/dhis'],
    ['/index.html', ''],
    ['/dhis/index.action', '/dhis'],
    ['/dhis/main.action?x=1', '/dhis'],
  ]) {
    it(`that is copied from a browser at ${page} is refused with what to write`, () => {
      assert.throws(
        () => new Dhis2Client({ baseUrl: `https://dhis2.example.org${page}` }),
        (error: Error) =>
          error instanceof QueryError && error.message.endsWith(`write 'https://dhis2.example.org${base}'`),
      )
    })
  }

  for (const contextPath of ['', '/stable-2-42', '/a/b', '/dhis2-web', '/login-service', '/myapps']) {
    for (const slash of ['', '/', '//']) {
      it(`'${contextPath}${slash}' keeps its context path`, async () => {
        await using server = await startDhis2({ rows: 1, contextPath })
        await using client = new Dhis2Client({ baseUrl: server.url + slash, auth })
        await client.system.info()
        assert.equal(server.requests[0]?.url, `${contextPath}/api/system/info`)
      })
    }
  }

  it('may be a URL object', async () => {
    await using server = await startDhis2({ rows: 1 })
    await using client = new Dhis2Client({ baseUrl: new URL(server.url), auth })
    assert.equal((await client.system.info()).version, '2.43.1')
  })
})

describe('an endpoint', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 1, contextPath: '/dhis' })
  })
  after(() => server.close())

  for (const endpoint of [
    '',
    'api/analytics.json',
    '//elsewhere.example/api/analytics.json',
    'https://elsewhere.example/api/analytics.json',
    'https://admin:district@elsewhere.example/',
    '/api//analytics.json',
    '/api/../x',
    '/../x',
    '/api/../../x',
    '/api/./x',
    '/api/%2e%2e/x',
    '/api/%2E%2e/%2E./x',
    '/api/..%2fx',
    '/api/%2e%2e%2f%2e%2e%2fx',
    '/api/..%5cx',
    '/api/..;/x',
    '/api/..;a=b/x',
    '/api/x%2fy',
    '/api/x%00',
    '/api/%zz',
    '\\\\elsewhere.example\\x',
    '/\\elsewhere.example/x',
    '/api\\..\\x',
    '/api/analytics.json?dimension=dx:a',
    '/api/analytics.json#a',
    '/api/ana lytics',
    '/api/\tx',
    '/api/é',
    '@elsewhere.example/x',
    ':80@elsewhere.example/x',
    '.elsewhere.example/x',
  ]) {
    it(`${JSON.stringify(endpoint)} is refused before anything is sent`, async () => {
      await using client = new Dhis2Client({ baseUrl: server.url, auth })
      for (const call of [
        async () => client.analytics.stream({ endpoint }),
        async () => client.analytics.rows({ endpoint }),
        () => client.analytics.aggregate({ endpoint }),
        () => client.analytics.streamTo('/nowhere/x', { endpoint }),
      ]) {
        await assert.rejects(
          call,
          (error: Error) => error instanceof QueryError && !error.message.includes('district'),
        )
      }
      assert.equal(server.requests.length, 0)
    })
  }

  it('that is odd but on this server is asked for as it is', async () => {
    await using client = new Dhis2Client({ baseUrl: server.url, auth })
    for (const endpoint of [
      '/api/42/analytics.json',
      '/api/...',
      '/api/x..y',
      '/api/a;b',
      '/api/%C3%A9',
      '/api/a:b@c',
    ]) {
      await client.analytics.aggregate({ endpoint }).catch(() => undefined)
      assert.equal(server.requests.at(-1)?.path, `/dhis${endpoint}`)
    }
  })
})
