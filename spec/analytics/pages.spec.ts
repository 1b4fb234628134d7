import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StandIn } from '../../examples/support/dhis2-server.ts'
import {
  type AnalyticsQuery,
  ClientClosedError,
  Dhis2ApiError,
  type Dhis2ClientError,
  type Header,
  labelCells,
  QueryError,
  TruncatedResponseError,
  toCsv,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { connected, hangUp } from '../support/connected.ts'
import { eventually } from '../support/leaks.ts'

const lists = {
  events: '/api/analytics/events/query/IpHINAT79UW.json',
  enrollments: '/api/analytics/enrollments/query/IpHINAT79UW.json',
  trackedEntities: '/api/analytics/trackedEntities/query/nEenWmSyUEp.json',
} as const

const events = (query: AnalyticsQuery = {}): AnalyticsQuery => ({
  endpoint: lists.events,
  paging: { pageSize: 50 },
  ...query,
})

/** Pages of a test's own: page n is the nth of them. */
function serving(server: StandIn, ...pages: object[]): void {
  for (const [at, page] of pages.entries()) {
    server.misbehave({
      when: ({ query }) => query.get('page') === String(at + 1),
      body: JSON.stringify({ headers: [{ name: 'psi' }, { name: 'value' }], ...page }),
      times: Number.POSITIVE_INFINITY,
    })
  }
}

const pager = (page: number, isLastPage: boolean, pageSize = 2) => ({ pager: { page, pageSize, isLastPage } })
const askedPages = (server: StandIn) => server.requests.map(({ query }) => query.get('page'))

describe('pages as one stream', () => {
  for (const [list, endpoint] of Object.entries(lists)) {
    for (const [what, pageSize, requests] of [
      ['a short page', 60, 4],
      ['a full page', 46, 5],
      ['a page as long as all', 230, 3],
      ['a page longer than the server allows', 1000, 3],
      ['a page longer than all, allowed', 99, 3],
    ] as const) {
      it(`gives every row of ${list} once where the last is ${what}`, async (t) => {
        const { server, client } = await connected(t, { eventRows: 230, maxPageSize: 99 })
        const { rows: whole } = await client.analytics.aggregate({ endpoint, params: { paging: false } })
        const before = server.requests.length
        const query = { endpoint, paging: { pageSize } }
        assert.deepEqual(await client.analytics.rows(query).toArray(), whole)
        assert.equal(server.requests.length - before, requests)
        const grid = await client.analytics.aggregate(query)
        assert.deepEqual(grid.rows, whole)
        assert.deepEqual([grid.height, grid.headerWidth], [230, grid.headers.length])
      })
    }
  }

  it('asks for pages in the endpoint’s own order, without the total', async (t) => {
    const { server, client } = await connected(t, { eventRows: 3 })
    for (const endpoint of Object.values(lists)) {
      await client.analytics.rows({ endpoint, ou: 'LEVEL-2', paging: {} }).toArray()
    }
    assert.deepEqual(
      server.requests.map(({ query }) => query.toString()),
      ['eventdate', 'enrollmentdate', 'created'].map(
        (order) => `dimension=ou%3ALEVEL-2&asc=${order}&paging=true&totalPages=false&pageSize=10000&page=1`,
      ),
    )
  })

  it('leaves an order that was given as it is', async (t) => {
    const { server, client } = await connected(t, { eventRows: 3 })
    await client.analytics.rows(events({ params: { asc: ['ouname', 'psi'] } })).toArray()
    await client.analytics.rows(events({ params: [['desc', 'oucode']] })).toArray()
    assert.deepEqual(
      server.requests.map(({ query }) => [query.getAll('asc'), query.getAll('desc')]),
      [
        [['ouname', 'psi'], []],
        [[], ['oucode']],
      ],
    )
  })

  it('announces headers once, before the first row', async (t) => {
    const { client } = await connected(t)
    const seen: unknown[] = []
    const rows = client.analytics.rows(events())
    rows.on('headers', (headers: Header[]) => seen.push(headers.length))
    for await (const _ of rows) if (seen.length < 3) seen.push('row')
    assert.deepEqual(seen, [40, 'row', 'row'])
    assert.equal(rows.headers?.[0]?.name, 'psi')
    assert.equal(rows.metaData?.['pager'], undefined)
  })

  it('announces them too where there are no rows, and asks no further', async (t) => {
    const { server, client } = await connected(t, { eventRows: 0 })
    assert.match(await text(client.analytics.rows(events()).pipe(toCsv())), /^psi,ps,eventdate,[^\n]*\n$/)
    assert.deepEqual(askedPages(server), ['1'])
    assert.equal((await client.analytics.aggregate(events())).height, 0)
  })

  it('is a row stream for what is piped behind it', async (t) => {
    const { client } = await connected(t, { eventRows: 120 })
    const lines = (await text(client.analytics.rows(events()).pipe(toCsv({ columns: ['psi'] })))).split('\n')
    assert.equal(lines[0], 'psi')
    assert.equal(new Set(lines.slice(1, -1)).size, 120)
  })

  it('knows the items of each page before its rows, also one called __proto__', async (t) => {
    const { server, client } = await connected(t)
    const items = (json: string) => JSON.parse(json) as object
    const headers = [{ name: 'psi' }, { name: 'ou' }]
    serving(
      server,
      {
        headers,
        metaData: { ...pager(1, false), items: items('{"a":{"name":"A"}}'), dimensions: { ou: ['a'] } },
        rows: [
          ['1', 'a'],
          ['2', 'a'],
        ],
      },
      {
        headers,
        metaData: {
          ...pager(2, true),
          items: items('{"a":{"name":"other"},"b":{"name":"B"},"__proto__":{"name":"P"}}'),
          dimensions: { ou: ['a', 'b'], pe: [] },
        },
        rows: [
          ['3', 'b'],
          ['4', '__proto__'],
        ],
      },
    )
    const rows = client.analytics.rows(events({ paging: { pageSize: 2 } }))
    assert.deepEqual(await rows.pipe(labelCells()).toArray(), [
      ['1', 'A'],
      ['2', 'A'],
      ['3', 'B'],
      ['4', 'P'],
    ])
    assert.deepEqual(rows.metaData?.dimensions, { ou: ['a', 'b'], pe: [] })
    const grid = await client.analytics.aggregate(events({ paging: { pageSize: 2 } }))
    assert.deepEqual(Object.keys(grid.metaData.items!), ['a', 'b', '__proto__'])
  })

  it('takes metaData that comes behind the rows', async (t) => {
    const { server, client } = await connected(t)
    const late = (page: object, metaData: object) => ({ ...page, metaData })
    serving(
      server,
      late({ rows: [['a'], ['b']], headers: [{ name: 'psi' }] }, { ...pager(1, false), items: { x: {} } }),
      late({ rows: [['c']], headers: [{ name: 'psi' }] }, { ...pager(2, false), items: { y: {} } }),
    )
    const rows = client.analytics.rows(events({ paging: { pageSize: 2 } }))
    assert.deepEqual(await rows.toArray(), [['a'], ['b'], ['c']])
    assert.deepEqual(rows.metaData, { items: { x: {}, y: {} } })
  })

  it('moves what rowContext says of later pages to their rows in the whole', async (t) => {
    const { server, client } = await connected(t)
    const rowContext = { 1: { 0: { valueStatus: 'ND' } } }
    const page = (number: number, isLast: boolean, ...ids: string[]) => ({
      headers: [{ name: 'psi' }],
      metaData: pager(number, isLast),
      rowContext,
      rows: ids.map((id) => [id]),
    })
    serving(server, page(1, false, 'a', 'b'), page(2, true, 'c', 'd'))
    const grid = await client.analytics.aggregate(events({ paging: { pageSize: 2 } }))
    assert.deepEqual(grid['rowContext'], { 1: rowContext[1], 3: rowContext[1] })
  })
})

describe('the end of pages', () => {
  const page = (number: number, isLast: boolean | undefined, ...ids: string[]) => ({
    metaData: {
      pager: { page: number, pageSize: 2, ...(isLast === undefined ? {} : { isLastPage: isLast }) },
    },
    rows: ids.map((id) => [id, '']),
  })
  const cases: [title: string, pages: object[], asked: string[]][] = [
    ['a full page that says so', [page(1, false, 'a', 'b'), page(2, true, 'c', 'd')], ['1', '2']],
    [
      'an empty page that says it is not',
      [page(1, false, 'a', 'b'), page(2, false, 'c', 'd'), page(3, false)],
      ['1', '2', '3'],
    ],
    ['a first page that is empty', [page(1, false)], ['1']],
    [
      'a short page of a server that says nothing of it',
      [page(1, undefined, 'a', 'b'), page(2, undefined, 'c')],
      ['1', '2'],
    ],
    [
      'an empty page of a server that says nothing of it',
      [page(1, undefined, 'a', 'b'), page(2, undefined)],
      ['1', '2'],
    ],
  ]
  for (const [title, pages, asked] of cases) {
    it(`is ${title}`, async (t) => {
      const { server, client } = await connected(t)
      serving(server, ...pages)
      const query = events({ paging: { pageSize: 2 } })
      const whole = (pages as { rows: unknown[] }[]).flatMap(({ rows }) => rows)
      assert.deepEqual(await client.analytics.rows(query).toArray(), whole)
      assert.deepEqual(askedPages(server), asked)
      assert.deepEqual((await client.analytics.aggregate(query)).rows, whole)
    })
  }

  it('is an empty page where skipMeta hides how they are cut', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120, maxPageSize: 50 })
    const query = events({ paging: { pageSize: 70 }, params: { skipMeta: true } })
    const rows = await client.analytics.rows(query).toArray()
    assert.equal(new Set(rows.map(([id]) => id)).size, 120)
    assert.deepEqual(askedPages(server), ['1', '2', '3', '4'])
  })
})

describe('pages that do not fit together', () => {
  const first = {
    metaData: pager(1, false),
    rows: [
      ['a', '1'],
      ['b', '2'],
    ],
  }
  const cases: [title: string, second: object, message: RegExp][] = [
    [
      'another column',
      { headers: [{ name: 'psi' }, { name: 'other' }], metaData: pager(2, true), rows: [['c', '3']] },
      /Page 2 has other headers than page 1: psi, other/,
    ],
    [
      'one column more',
      { headers: [{ name: 'psi' }, { name: 'value' }, { name: 'x' }], metaData: pager(2, true), rows: [] },
      /other headers/,
    ],
    [
      'a column of another type',
      {
        headers: [{ name: 'psi' }, { name: 'value', valueType: 'NUMBER' }],
        metaData: pager(2, true),
        rows: [['c', '3']],
      },
      /other headers/,
    ],
    [
      'the rows of another page',
      { metaData: pager(1, true), rows: [['c', '3']] },
      /Page 2 has the rows of page 1/,
    ],
    ['pages of another size', { metaData: pager(2, true, 3), rows: [['c', '3']] }, /pages of 3 rows/],
    ['no pager', { metaData: {}, rows: [['c', '3']] }, /Page 2 has no pager/],
    [
      'a row too many',
      {
        metaData: pager(2, true),
        rows: [
          ['c', '3'],
          ['d', '4'],
          ['e', '5'],
        ],
      },
      /more than its 2 rows/,
    ],
    [
      'a row of the page before',
      { metaData: pager(2, true), rows: [['b', '2']] },
      /psi b, which was on page 1/,
    ],
  ]
  for (const [title, second, message] of cases) {
    it(`fail: ${title}`, async (t) => {
      const { server, client } = await connected(t)
      serving(server, first, second)
      const query = events({ paging: { pageSize: 2 } })
      const isRefusal = (error: Dhis2ClientError) => {
        assert.ok(error instanceof UnexpectedContentError, String(error))
        assert.match(error.message, message)
        assert.match(error.request!.url, /page=2$/)
        return true
      }
      const seen: unknown[] = []
      await assert.rejects(async () => {
        for await (const row of client.analytics.rows(query)) seen.push(row)
      }, isRefusal)
      assert.deepEqual(seen.slice(0, 2), first.rows)
      await assert.rejects(client.analytics.aggregate(query), isRefusal)
    })
  }

  it('may change their labels', async (t) => {
    const { server, client } = await connected(t)
    const headers = [{ name: 'psi', column: 'Ereignis' }, { name: 'value' }]
    serving(server, first, { headers, metaData: pager(2, true), rows: [['c', '3']] })
    assert.equal((await client.analytics.rows(events({ paging: { pageSize: 2 } })).toArray()).length, 3)
  })
})

describe('a page that fails', () => {
  const isPage = (page: string) => ({
    when: ({ query }: { query: URLSearchParams }) => query.get('page') === page,
  })

  it('fails the stream when it breaks off, after rows that came once', async (t) => {
    const { server, client } = await connected(t)
    server.misbehave({ ...isPage('2'), truncateAfter: 20_000 })
    const ids: unknown[] = []
    await assert.rejects(async () => {
      for await (const [id] of client.analytics.rows(events())) ids.push(id)
    }, TruncatedResponseError)
    assert.ok(ids.length >= 50 && ids.length < 100, `${ids.length} rows`)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(askedPages(server).filter((page) => page === '2').length, 1)
  })

  it('is asked for anew where all pages are collected', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120 })
    server.misbehave({ ...isPage('2'), truncateAfter: 20_000, times: 2 })
    const { rows } = await client.analytics.aggregate(events())
    assert.equal(new Set(rows.map(([id]) => id)).size, 120)
    assert.deepEqual(askedPages(server), ['1', '2', '2', '2', '3'])
  })

  it('is tried again while it has no response', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120 })
    server.misbehave({ ...isPage('2'), status: 503, times: 2 })
    assert.equal((await client.analytics.rows(events()).toArray()).length, 120)
    assert.deepEqual(askedPages(server), ['1', '2', '2', '2', '3'])
  })

  it('fails the stream with the server’s own error', async (t) => {
    const { server, client } = await connected(t)
    server.misbehave({
      ...isPage('3'),
      status: 409,
      body: '{"httpStatusCode":409,"status":"ERROR","message":"No"}',
    })
    const seen: unknown[] = []
    await assert.rejects(
      async () => {
        for await (const row of client.analytics.rows(events())) seen.push(row)
      },
      (error: Error) => error instanceof Dhis2ApiError && error.status === 409,
    )
    assert.equal(seen.length, 100)
  })
})

describe('the page ahead', () => {
  it('is asked for while the one before is read, and none behind it', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120_000 })
    const rows = client.analytics.rows(events({ paging: { pageSize: 40_000 } }))
    const iterator = rows[Symbol.asyncIterator]()
    await iterator.next()
    await eventually(() => server.requests.length === 2, 'the second page is asked for')
    await sleep(50)
    assert.deepEqual(askedPages(server), ['1', '2'])
    for (const { bytesSent } of server.requests)
      assert.ok(bytesSent < 12_000_000, `${bytesSent} bytes of 23 MB`)
    await iterator.return?.()
    await hangUp(server)
  })

  it('is not asked for where the page says it is the last', async (t) => {
    const { server, client } = await connected(t, { eventRows: 40 })
    for await (const _ of client.analytics.rows(events())) await sleep(0)
    assert.deepEqual(askedPages(server), ['1'])
  })

  it('slows down with a slow sink, which gets every row', async (t) => {
    const { client } = await connected(t, { eventRows: 500 })
    let count = 0
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(_row, _encoding, done) {
        count += 1
        setImmediate(done)
      },
    })
    await pipeline(client.analytics.rows(events()), sink)
    assert.equal(count, 500)
  })
})

describe('pages that are not wanted any more', () => {
  const many = { eventRows: 120_000 }
  const large = events({ paging: { pageSize: 40_000 } })

  it('hang up on both when the loop is left', async (t) => {
    const { server, client } = await connected(t, many)
    for await (const _ of client.analytics.rows(large)) {
      await eventually(() => server.requests.length === 2, 'the second page is asked for')
      break
    }
    await hangUp(server)
  })

  it('end with the signal’s own error', async (t) => {
    const { server, client } = await connected(t, many)
    const abort = new AbortController()
    await assert.rejects(
      async () => {
        for await (const _ of client.analytics.rows(large, { signal: abort.signal })) abort.abort()
      },
      { name: 'AbortError' },
    )
    await hangUp(server)
    const aborted = client.analytics.rows(large, { signal: AbortSignal.abort() })
    await assert.rejects(aborted.toArray(), { name: 'AbortError' })
  })

  it('end when the client is closed', async (t) => {
    const { client } = await connected(t, many)
    await assert.rejects(async () => {
      for await (const _ of client.analytics.rows(large)) await client.close()
    }, ClientClosedError)
    assert.throws(() => client.analytics.rows(large), ClientClosedError)
    await assert.rejects(client.analytics.aggregate(large), ClientClosedError)
  })

  it('end with a pipeline whose sink fails, once and with its error', async (t) => {
    const { server, client } = await connected(t, many)
    const sink = new Writable({ objectMode: true, write: (_row, _encoding, done) => done(new Error('mine')) })
    await assert.rejects(pipeline(client.analytics.rows(large), sink), /^Error: mine$/)
    await hangUp(server)
  })
})

describe('paging that can not be', () => {
  const cases: [title: string, query: AnalyticsQuery, message: RegExp][] = [
    ['of an aggregate', { dx: 'a', paging: {} }, /leave it out/],
    [
      'of counted events',
      { endpoint: '/api/analytics/events/aggregate/IpHINAT79UW.json', paging: {} },
      /leave it out/,
    ],
    ['of CSV', { endpoint: '/api/analytics/events/query/IpHINAT79UW.csv', paging: {} }, /JSON/],
    [
      'beside pages in params',
      events({ params: { page: 2, totalPages: true } }),
      /leave page, totalPages out/,
    ],
    ['beside paging=false', events({ params: [['paging', 'false']] }), /leave paging out/],
    ['of no rows', events({ paging: { pageSize: 0 } }), /paging\.pageSize: /],
    ['of half a row', events({ paging: { pageSize: 1.5 } }), /paging\.pageSize: must be a whole number/],
    ['of text', events({ paging: '50' as never }), /paging: must be an object such as/],
    ['with another option', events({ paging: { page: 2 } as never }), /paging/],
    [
      'of tracked entities without metaData',
      { endpoint: lists.trackedEntities, paging: {}, params: { skipMeta: true } },
      /overlap/,
    ],
  ]
  for (const [title, query, message] of cases) {
    it(`is refused before anything is sent: ${title}`, async (t) => {
      const { server, client } = await connected(t)
      const isRefusal = (error: Error) => error instanceof QueryError && message.test(error.message)
      assert.throws(() => client.analytics.rows(query), isRefusal)
      await assert.rejects(client.analytics.aggregate(query), isRefusal)
      assert.equal(server.requests.length, 0)
    })
  }

  it('is refused where rows are not put together, with what to use instead', async (t) => {
    const { server, client } = await connected(t)
    const isRefusal = (error: Error) =>
      error instanceof QueryError && /rows\(\) and aggregate\(\)/.test(error.message)
    assert.throws(() => client.analytics.stream(events()), isRefusal)
    await assert.rejects(client.analytics.streamTo('never.json', events()), isRefusal)
    assert.equal(server.requests.length, 0)
  })

  it('takes tracked entities that say skipMeta=false', async (t) => {
    const { client } = await connected(t, { eventRows: 3 })
    const params = { skipMeta: false }
    const rows = client.analytics.rows({ endpoint: lists.trackedEntities, paging: {}, params })
    assert.equal((await rows.toArray()).length, 3)
  })
})
