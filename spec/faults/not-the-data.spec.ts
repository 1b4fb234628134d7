import { after, before, describe } from 'node:test'
import { type Misbehaviour, type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { all, assertFault, type Expected, faultTests, parsing, query, type Way } from './support.ts'

describe('not the data at all', () => {
  let server: StandIn
  before(async () => {
    server = await startDhis2({ rows: 20 })
  })
  after(() => server.close())

  const authentication: Expected = { code: 'ERR_AUTHENTICATION' }
  const api = (fields: Record<string, unknown>): Expected => ({ code: 'ERR_DHIS2_API', fields })
  const unexpected = (message: RegExp): Expected => ({ code: 'ERR_UNEXPECTED_CONTENT', message })
  const page = (title: string) =>
    `<html>\n<head><title>${title}</title></head><body>nginx</body></html>\n${' '.repeat(600)}`
  const login = '<!DOCTYPE html><html><body><form><input name="j_username"></form></body></html>'
  const html = { contentType: 'text/html;charset=utf-8' }
  const oops =
    '{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"No","errorCode":"E7124"}'
  const lateOops = '{"title":"no","httpStatusCode":409,"status":"ERROR","message":"No","errorCode":"E7124"}'
  const values = '{"dataValues":[{"dataElement":"a","period":"202401","orgUnit":"b","value":"1"}]}'

  const cases: [title: string, step: Misbehaviour, expected: Expected, ways?: Way[]][] = [
    ['a redirect to the login page', { redirect: '/login/' }, authentication],
    ['a redirect to an old login page', { redirect: '/dhis-web-login/?x=1' }, authentication],
    ['a redirect to another origin', { redirect: 'http://127.0.0.2:9/api' }, unexpected(/not followed/)],
    [
      'a permanent redirect',
      { status: 308, headers: { location: 'https://a.example/' } },
      unexpected(/308 /),
    ],
    ['a login page with status 200', { body: login, ...html }, authentication],
    ['a login page that says it is JSON', { body: login }, authentication],
    [
      'a page of a proxy with status 200',
      { body: page('Down'), ...html },
      unexpected(/HTML page \("Down"\)/),
    ],
    ...[502, 503, 504, 413, 414].map((status): [string, Misbehaviour, Expected] => [
      `a page of a proxy with status ${status}`,
      { status, body: page('No'), ...html },
      { ...api({ httpStatus: status }), message: new RegExp(`^${status}: an HTML page \\("No"\\)`) },
    ]),
    ['a status of 429', { status: 429 }, api({ httpStatus: 429 })],
    ['a status of 500', { status: 500 }, api({ httpStatus: 500 })],
    ['a bad query', { status: 409, body: oops }, api({ httpStatus: 409, errorCode: 'E7124' })],
    ['a bad or blocked token', { status: 401 }, authentication],
    ['a status of 204', { status: 204, body: '' }, unexpected(/empty/)],
    ['a status of 304', { status: 304, body: '' }, unexpected(/Status 304/)],
    ['a status of 206', { status: 206, body: '{"rows":[]}' }, unexpected(/Status 206/)],
    ['an empty body', { body: '' }, unexpected(/empty/)],
    ['nothing but spaces', { body: ' \r\n'.repeat(400) }, unexpected(/empty/)],
    ['CSV', { body: 'Data,Period,Value\na,b,1\n' }, unexpected(/found "Data,Period/)],
    [
      'a spreadsheet',
      { body: Buffer.from('PK\u0003\u0004\u0000\u0000\u00ff', 'latin1') },
      unexpected(/found "PK/),
    ],
    ['an error object with status 200', { body: oops }, api({ errorCode: 'E7124' })],
    ['an error object whose code comes late', { body: lateOops }, api({ errorCode: 'E7124' }), parsing],
    [
      'an error text with status 200',
      { body: 'E7128: Too many' },
      api({ httpStatus: 200, errorCode: 'E7128' }),
    ],
    ['a JSON array', { body: '[["a"]]' }, unexpected(/found "\[/)],
    ['a JSON number', { body: '12' }, unexpected(/found "12"/)],
    ['a JSON string', { body: '"rows"' }, unexpected(/found/)],
    ['null', { body: 'null' }, unexpected(/found "null"/)],
    ['an empty object', { body: '{}' }, unexpected(/without rows/), parsing],
    ['a dataValueSet', { body: values }, unexpected(/dataValueSet/), parsing],
    ['a grid with rows but no headers', { body: '{"rows":[]}' }, unexpected(/without headers/), parsing],
    [
      'a grid whose rows are an object',
      { body: '{"headers":[],"rows":{}}' },
      unexpected(/without rows/),
      parsing,
    ],
    [
      'a grid whose rows are null',
      { body: '{"headers":[],"rows":null}' },
      unexpected(/without rows/),
      parsing,
    ],
  ]
  for (const [title, step, expected, among = all] of cases) {
    faultTests(title, among, (way) => {
      server.misbehave(step)
      return assertFault({ server, way, expected })
    })
  }

  for (const suffix of ['csv', 'xml', 'xls', 'xlsx', 'html']) {
    const endpoint = `/api/analytics.${suffix}`
    const texts: [string, Misbehaviour, Expected][] = [
      [
        'a failed query with status 200',
        { body: 'E7128: Too many' },
        api({ httpStatus: 200, errorCode: 'E7128' }),
      ],
      ['a login page', { body: login, ...html }, authentication],
      ['JSON', { body: '{"a":1}', contentType: 'application/json' }, unexpected(/Expected/)],
      ['nothing', { body: '' }, unexpected(/empty/)],
    ]
    for (const [title, step, expected] of texts) {
      faultTests(`${title} in place of ${suffix}`, ['stream', 'streamTo'], (way) => {
        server.misbehave(step)
        return assertFault({ server, way, query: { ...query, endpoint }, expected })
      })
    }
  }
})
