import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type AnalyticsQuery, QueryError } from '../../lib/index.ts'
import { targetOf } from '../../lib/query/query.ts'
import { connected } from '../support/connected.ts'
import { emptyDirectory } from '../support/run-script.ts'

const decoded = (query: AnalyticsQuery): string[] =>
  targetOf(query).search.split('&').filter(Boolean).map(decodeURIComponent)

describe('a query, on the wire', () => {
  it('is three dimension parameters in the order dx, pe, ou, percent-encoded, and then the params', async (t) => {
    const { server, client } = await connected(t)
    await client.analytics.aggregate({
      ou: 'LEVEL-3',
      params: { aggregationType: 'SUM' },
      pe: 'LAST_12_MONTHS',
      dx: ['a', 'b'],
    })
    assert.equal(
      server.requests[0]?.url,
      '/api/analytics.json?dimension=dx:a;b&dimension=pe:LAST_12_MONTHS&dimension=ou:LEVEL-3&aggregationType=SUM',
    )
    assert.deepEqual(server.requests[0]?.query.getAll('dimension'), [
      'dx:a;b',
      'pe:LAST_12_MONTHS',
      'ou:LEVEL-3',
    ])
  })

  it('is the same for stream, rows, aggregate and streamTo', async (t) => {
    const { server, client } = await connected(t)
    const query: AnalyticsQuery = { dx: 'a', pe: '2024', ou: ['b', 'c'], filter: { co: 'd' } }
    await client.analytics.stream(query).toArray()
    await client.analytics.rows(query).toArray()
    await client.analytics.aggregate(query)
    await client.analytics.streamTo(join(await emptyDirectory(t), 'grid.json'), query)
    const urls = new Set(server.requests.map(({ url }) => url))
    assert.deepEqual([...urls], [`/api/analytics.json?${targetOf(query).search}`])
  })
})

describe('the search of a query', () => {
  const searches: [string, AnalyticsQuery, string[]][] = [
    ['has nothing that is not given', {}, []],
    ['leaves out what is undefined', { dx: undefined, params: { a: undefined, b: 1 } }, ['b=1']],
    ['takes items in one string as they are', { dx: 'a;b' }, ['dimension=dx:a;b']],
    [
      'has other dimensions behind dx, pe and ou, an empty list for all items, and then filters',
      { filter: { pe: ['2024'] }, dimension: { co: [], J5jldMd8OHv: ['x', 'y'] }, dx: 'a' },
      ['dimension=dx:a', 'dimension=co', 'dimension=J5jldMd8OHv:x;y', 'filter=pe:2024'],
    ],
    ['keeps a list in params as repeats', { params: { a: ['1', '2'], b: true } }, ['a=1', 'a=2', 'b=true']],
    [
      'keeps pairs in params in their order, repeats and all',
      {
        params: [
          ['b', 1],
          ['a', '2'],
          ['b', false],
        ],
      },
      ['b=1', 'a=2', 'b=false'],
    ],
    [
      'keeps URLSearchParams whole',
      { params: new URLSearchParams('a=1&b=x%20y&a=+2') },
      ['a=1', 'b=x y', 'a= 2'],
    ],
    [
      'keeps a dimension in params beside dx, with pe and ou in front',
      { dx: 'a', params: { dimension: ['co:x', 'ou:y'] } },
      ['dimension=dx:a', 'dimension=ou:y', 'dimension=co:x'],
    ],
    ['keeps an empty value in params', { params: { a: '' } }, ['a=']],
  ]
  for (const [title, query, expected] of searches) {
    it(title, () => assert.deepEqual(decoded(query), expected))
  }

  it('encodes everything but unreserved characters, so that no proxy and no comma splits it', () => {
    const dimension = ['x:EQ:a,b&c=d#e+f g/é', 'co']
    const { search } = targetOf({ dimension, params: { 'x[y]': '1,2' } })
    assert.equal(search, 'dimension=x:EQ:a%2Cb%26c%3Dd%23e%2Bf%20g%2F%C3%A9&dimension=co&x%5By%5D=1%2C2')
  })

  it('asks analytics.json unless told otherwise', () => {
    assert.equal(targetOf({}).endpoint, '/api/analytics.json')
    assert.equal(targetOf({ endpoint: '/api/analytics/rawData.csv' }).endpoint, '/api/analytics/rawData.csv')
  })
})

describe('a query that can not be right', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['an empty dx', { dx: '' }, /dx/],
    ['a dx of spaces', { dx: '  ' }, /dx/],
    ['an empty list', { pe: [] }, /pe/],
    ['an empty item in a list', { ou: ['a', ''] }, /ou/],
    ['a list of nothing but empty items', { ou: ['\r', ''] }, /ou/],
    ['the same of another dimension', { dimension: { co: [''] } }, /dimension\.co/],
    ['the same of whole dimensions', { filter: ['', ' '] }, /filter/],
    ['an item that is no text', { dx: [1] }, /dx/],
    ['null for ou', { ou: null }, /ou/],
    ['a dimension asked for twice', { dx: 'a', dimension: { dx: 'b' } }, /dx is asked for twice/],
    ['a dimension without a name', { dimension: { '': 'a' } }, /dimension/],
    ['an empty text as items of a dimension', { dimension: { co: '' } }, /dimension\.co/],
    ['a filter that is no object', { filter: 7 }, /filter/],
    ['an empty list in params', { params: { a: [] } }, /params/],
    ['an object in params', { params: { a: {} } }, /params/],
    ['a pair of three in params', { params: [['a', 'b', 'c']] }, /params/],
    ['params as text', { params: 'a=b' }, /params/],
    ['an option of another name', { dX: 'a' }, /dX/],
    ['half a surrogate pair', { dx: '\uD800' }, /surrogate/],
    ['an endpoint that is no text', { endpoint: 1 }, /endpoint/],
    ['nothing', undefined, /an object such as/],
    ['text', 'dx=a', /an object such as/],
  ]
  for (const [what, query, message] of wrong) {
    it(`refuses ${what}, and says where`, () => {
      assert.throws(
        () => targetOf(query as AnalyticsQuery),
        (error) => error instanceof QueryError && message.test(error.message),
      )
    })
  }

  it('is refused by each call before anything is sent', async (t) => {
    const { server, client } = await connected(t)
    const query: AnalyticsQuery = { dx: '' }
    assert.throws(() => client.analytics.stream(query), QueryError)
    assert.throws(() => client.analytics.rows(query), QueryError)
    await assert.rejects(client.analytics.aggregate(query), QueryError)
    await assert.rejects(client.analytics.streamTo('never.json', query), QueryError)
    assert.equal(server.requests.length, 0)
  })

  for (const endpoint of [
    '//elsewhere.example/api/analytics.json',
    'https://elsewhere.example/api/analytics.json',
    '/api/../../x',
    '/api/%2e%2e/x',
    '/\\elsewhere.example',
    '/api/analytics.json?dimension=dx:a',
    '/api/analytics.json#x',
    'api/analytics.json',
    '/api/ analytics.json',
    '',
  ]) {
    it(`has no endpoint ${JSON.stringify(endpoint)}`, async (t) => {
      const { server, client } = await connected(t, { contextPath: '/dhis' })
      assert.throws(() => client.analytics.stream({ endpoint }), QueryError)
      await assert.rejects(client.analytics.aggregate({ endpoint }), QueryError)
      assert.equal(server.requests.length, 0)
    })
  }
})
