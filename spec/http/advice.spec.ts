import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { demoToken, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import {
  type AnalyticsQuery,
  type Auth,
  AuthenticationError,
  bearerToken,
  Dhis2ApiError,
  Dhis2Client,
  personalAccessToken,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { assertNoSecrets } from '../support/leaks.ts'
import { rawServer } from '../support/raw-server.ts'

const json = 'application/json;charset=UTF-8'

/** As Tomcat 11 answers what is too long for it, where it shows its reasons. */
const tomcatTooLong =
  '<!doctype html><html lang="en"><head><title>HTTP Status 400 – Bad Request</title></head><body>' +
  '<h1>HTTP Status 400 – Bad Request</h1><hr class="line" /><p><b>Type</b> Exception Report</p>' +
  '<p><b>Message</b> Request header is too large</p></body></html>'
/** Where it does not. */
const tomcatSilent = '<!doctype html><html><head><title>HTTP Status 400 – Bad Request</title></head></html>'
const nginx = (title: string) => `<html>\r\n<head><title>${title}</title></head>\r\n<body></body></html>\r\n`

describe('the error for', () => {
  let server: StandIn
  let client: Dhis2Client
  before(async () => {
    server = await startDhis2({ rows: 1, contextPath: '/dhis' })
    client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken), retry: false })
  })
  after(async () => {
    await client.close()
    await server.close()
  })

  const orgUnits = (many: number) => Array.from({ length: many }, (_, at) => `orgUnit${1000 + at}`)
  const long: AnalyticsQuery = { ...question, ou: orgUnits(740) }

  const tooLong: [title: string, answer: object, query: AnalyticsQuery][] = [
    ['400 of Tomcat that says so', { status: 400, body: tomcatTooLong }, question],
    ['400 of Tomcat that says nothing', { status: 400, body: tomcatSilent }, long],
    ['400 with nothing in it', { status: 400, body: '' }, long],
    ['400 of nginx', { status: 400, body: nginx('400 Request Header Or Cookie Too Large') }, question],
    [
      '400 of Apache',
      { status: 400, body: 'Size of a request header field exceeds server limit.' },
      question,
    ],
    ['413 for a question', { status: 413, body: nginx('413 Request Entity Too Large') }, long],
    ['414', { status: 414, body: nginx('414 Request-URI Too Large') }, question],
    ['414 with nothing in it', { status: 414, body: '' }, question],
    ['414 in JSON', { status: 414, body: '{"message":"URI Too Long"}', contentType: json }, long],
    ['431', { status: 431, body: '' }, question],
  ]
  for (const [title, answer, query] of tooLong) {
    it(`a URL that is too long: ${title}`, async () => {
      server.misbehave(answer)
      await assert.rejects(client.analytics.aggregate(query), (error: Error) => {
        assert.ok(error instanceof Dhis2ApiError && !(error instanceof AuthenticationError), String(error))
        assert.ok(error.message.includes(`the URL of ${error.request?.url.length} bytes`), error.message)
        assert.match(error.message, /ask for less: a level/)
        return true
      })
    })
  }

  const otherwise: [title: string, answer: object, query: AnalyticsQuery][] = [
    ['400 in HTML for a short URL', { status: 400, body: tomcatSilent }, question],
    ['400 in JSON for a long one', { status: 400, body: '{"message":"Bad"}', contentType: json }, long],
    ['409 for a long one', { status: 409, body: '{"message":"URL too long"}', contentType: json }, long],
    ['502 for a long one', { status: 502, body: nginx('502 Bad Gateway') }, long],
  ]
  for (const [title, answer, query] of otherwise) {
    it(`something else: ${title}`, async () => {
      server.misbehave(answer)
      await assert.rejects(client.analytics.aggregate(query), (error: Error) => {
        return error instanceof Dhis2ApiError && !/too long for/.test(error.message)
      })
    })
  }

  for (const [format, message] of [
    ['csv', 'E7124: Dimension is present in query without any valid dimension options: `{0}`'],
    ['xml', 'E7143: Organisation unit `{0}` or level `{1}` is not valid'],
    ['xlsx', '\ufeffE7128: Query result set exceeded max limit: {0}\n'],
  ] as const) {
    it(`${format} with placeholders in its text points to the JSON`, async () => {
      server.misbehave({ body: message, contentType: 'text/plain' })
      const query = { ...question, endpoint: `/api/analytics.${format}` as const }
      await assert.rejects(client.analytics.stream(query).toArray(), (error: Error) => {
        assert.ok(error instanceof Dhis2ApiError)
        assert.match(error.errorCode ?? '', /^E7\d{3}$/)
        assert.match(error.message, /\{0\}.*the JSON of the same question says what is meant/s)
        return true
      })
    })
  }

  it('a text without them does not', async () => {
    server.misbehave({
      body: 'E7128: Query result set exceeded max limit: 100000',
      contentType: 'text/plain',
    })
    const query = { ...question, endpoint: '/api/analytics.csv' }
    await assert.rejects(client.analytics.stream(query).toArray(), {
      message: /^200 E7128: Query result set exceeded max limit: 100000 \[/,
    })
  })

  const elsewhere: [title: string, location: string][] = [
    ['Keycloak', 'https://sso.example.org/realms/health/protocol/openid-connect/auth?client_id=dhis2'],
    ['Keycloak of old', 'https://id.example.org/auth/realms/health/protocol/openid-connect/auth'],
    ['Azure', 'https://login.microsoftonline.com/0000/oauth2/v2.0/authorize?client_id=1&redirect_uri=x'],
    ['Google', 'https://accounts.google.com/o/oauth2/v2/auth?client_id=1'],
    ['Okta', 'https://moh.okta.com/app/dhis2/exk1/sso/saml?SAMLRequest=abc'],
    ['ADFS', 'https://adfs.moh.example/adfs/ls/?wa=wsignin1.0&wtrealm=x'],
    ['CAS', 'https://cas.moh.example/cas/login?service=https%3A%2F%2Fdhis2'],
    ['a login page elsewhere', 'https://moh.example/login'],
    ['its own OAuth2 start', '/dhis/oauth2/authorization/keycloak'],
    ['a Cloudflare Access', 'https://moh.cloudflareaccess.com/cdn-cgi/access/login/dhis2.example.org?kid=1'],
  ]
  for (const [title, location] of elsewhere) {
    it(`a redirect to ${title} says that people sign in there, and to take nothing there`, async () => {
      server.misbehave({ redirect: location })
      await assert.rejects(client.analytics.aggregate(question), (error: Error) => {
        assert.ok(error instanceof AuthenticationError, String(error))
        assert.equal(error.httpStatus, 302)
        assert.match(error.message, /not accepted/)
        assert.doesNotMatch(error.message, /baseUrl|client_id|SAMLRequest/)
        return true
      })
    })
  }

  const foreign: [title: string, location: string][] = [
    ['another host', 'https://elsewhere.example/dhis/api/analytics.json'],
    ['a host that looks alike', 'https://127.0.0.1.elsewhere.example/dhis/api/analytics.json'],
    ['another port', 'http://127.0.0.1:9/dhis/api/analytics.json'],
    ['a file', 'file:///etc/passwd'],
    ['no URL', 'http://[::'],
    ['nowhere', ''],
  ]
  for (const [title, location] of foreign) {
    it(`a redirect to ${title} advises nothing that would take credentials there`, async () => {
      server.misbehave({ redirect: location })
      await assert.rejects(client.analytics.aggregate(question), (error: Error) => {
        assert.ok(error instanceof UnexpectedContentError, String(error))
        assert.match(error.message, /^302 redirects to .*not followed/)
        if (title === 'nowhere') assert.match(error.message, /a place that it does not name/)
        assert.doesNotMatch(error.message, /baseUrl|passwd/)
        return true
      })
    })
  }

  const here: [title: string, location: (path: string) => string, says: RegExp][] = [
    [
      'https',
      (path) => `https://127.0.0.1${path}`,
      /write the baseUrl with https:\/\/127\.0\.0\.1(?!\/dhis\/api)/,
    ],
    [
      'a context path',
      (path) => path.replace('/dhis', '/hmis'),
      /baseUrl: 'http:\/\/127\.0\.0\.1:\d+\/hmis'/,
    ],
    ['no context path', (path) => path.replace('/dhis', ''), /baseUrl: 'http:\/\/127\.0\.0\.1:\d+'/],
    ['a front page', () => '/hmis/', /baseUrl: 'http:\/\/127\.0\.0\.1:\d+\/hmis'/],
    ['itself', (path) => path, /another path of the same server/],
    ['somewhere on it', () => '/x/d2pat_secret/y?token=abcdefghijkl', /another path of the same server/],
  ]
  for (const [title, location, says] of here) {
    it(`a redirect to ${title} on the same host says what to write, and not where it leads`, async () => {
      const path = '/dhis/api/analytics.json'
      server.misbehave({ redirect: location(path) })
      await assert.rejects(client.analytics.aggregate(question), (error: Error) => {
        assert.ok(error instanceof UnexpectedContentError, String(error))
        assert.match(error.message, says)
        assertNoSecrets(error, ['d2pat_secret', 'abcdefghijkl'])
        return true
      })
    })
  }
})

describe('a token that is malformed', () => {
  it('is an AuthenticationError under status 400 that says so', async (t) => {
    const { client } = await connected(t, { rows: 1 }, { auth: personalAccessToken('d2pat_halfatokenonly') })
    await assert.rejects(client.analytics.aggregate(question), (error: Error) => {
      assert.ok(error instanceof AuthenticationError, String(error))
      assert.equal(error.httpStatus, 400)
      assert.equal(error.challenge, 'ApiToken')
      assert.match(error.message, /^400: Checksum validation failed .*token is malformed/)
      assertNoSecrets(error, ['d2pat_halfatokenonly'])
      return true
    })
  })

  const refusal = JSON.stringify({ httpStatusCode: 400, message: 'Checksum validation failed' })
  const answers: [title: string, auth: Auth, headers: string, body: string, refused: boolean][] = [
    ['a token, without a challenge', personalAccessToken('d2pat_x'), '', refusal, true],
    [
      'a token written by hand',
      { headers: () => ({ Authorization: 'apitoken d2pat_x' }) },
      '',
      refusal,
      true,
    ],
    [
      'a bearer token, with a challenge',
      bearerToken('abc'),
      'www-authenticate: Bearer error="invalid_request"\r\n',
      '{}',
      true,
    ],
    ['no token', { headers: () => ({}) }, '', refusal, false],
    ['a good token and a bad question', personalAccessToken('d2pat_x'), '', '{"message":"Bad enum"}', false],
  ]
  for (const [title, auth, headers, body, refused] of answers) {
    it(`is ${refused ? '' : 'not '}what 400 means for ${title}`, async () => {
      await using raw = await rawServer((socket) => {
        socket.end(`HTTP/1.1 400 \r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
      })
      await using client = new Dhis2Client({ baseUrl: raw.url, auth })
      await assert.rejects(client.analytics.aggregate(question), (error: Error) => {
        assert.ok(error instanceof Dhis2ApiError)
        assert.equal(error instanceof AuthenticationError, refused)
        return true
      })
    })
  }
})
