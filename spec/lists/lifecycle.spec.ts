import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AnalyticsQuery,
  ClientClosedError,
  Dhis2ApiError,
  type Header,
  QueryError,
  TruncatedResponseError,
  toCsv,
} from '../../lib/index.ts'
import { connected, hangUp } from '../support/connected.ts'
import { eventually } from '../support/leaks.ts'
import { listServer, paths } from '../support/list-server.ts'

const entities = (query: AnalyticsQuery = {}): AnalyticsQuery => ({
  endpoint: paths.trackedEntities,
  ou: 'ImspTQPwCqd',
  paging: { pageSize: 50 },
  ...query,
})
const isPage = (page: string) => ({
  when: ({ query }: { query: URLSearchParams }) => query.has('asc') && query.get('page') === page,
})
const pagesOf = (requests: readonly { query: URLSearchParams }[]) =>
  requests.filter(({ query }) => query.has('asc')).map(({ query }) => query.get('page'))

describe('a whole list as a row stream', () => {
  it('sends nothing before it is read', async (t) => {
    const { server, client } = await connected(t)
    const rows = client.analytics.rows(entities())
    await sleep(20)
    assert.equal(server.requests.length, 0)
    rows.destroy()
  })

  it('announces headers once, before the first row', async (t) => {
    const { client } = await connected(t)
    const seen: unknown[] = []
    const rows = client.analytics.rows(entities())
    rows.on('headers', (headers: Header[]) => seen.push(headers[0]?.name))
    for await (const _ of rows) if (seen.length < 3) seen.push('row')
    assert.deepEqual(seen, ['trackedentity', 'row', 'row'])
    assert.equal(rows.metaData?.['pager'], undefined)
  })

  it('announces them too where there are no rows', async (t) => {
    const { client } = await connected(t, { eventRows: 0 })
    assert.match(
      await text(client.analytics.rows(entities()).pipe(toCsv())),
      /^trackedentity,lastupdated,[^\n]*\n$/,
    )
  })

  it('is a row stream for what is piped behind it', async (t) => {
    const { client } = await connected(t, { eventRows: 120 })
    const csv = await text(client.analytics.rows(entities()).pipe(toCsv({ columns: ['trackedentity'] })))
    const lines = csv.split('\n')
    assert.equal(lines[0], 'trackedentity')
    assert.equal(new Set(lines.slice(1, -1)).size, 120)
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
    await pipeline(client.analytics.rows(entities()), sink)
    assert.equal(count, 500)
  })
})

describe('a part that fails', () => {
  it('fails the stream when it breaks off, after rows that came once', async (t) => {
    const { server, client } = await connected(t)
    server.misbehave({ ...isPage('2'), truncateAfter: 15_000 })
    const ids: unknown[] = []
    await assert.rejects(async () => {
      for await (const [id] of client.analytics.rows(entities())) ids.push(id)
    }, TruncatedResponseError)
    assert.ok(ids.length >= 50 && ids.length < 100, `${ids.length} rows`)
    assert.equal(new Set(ids).size, ids.length)
  })

  it('is asked for anew where all rows are collected', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120 })
    server.misbehave({ ...isPage('2'), truncateAfter: 15_000, times: 2 })
    const { rows } = await client.analytics.aggregate(entities())
    assert.equal(new Set(rows.map(([id]) => id)).size, 120)
    assert.equal(pagesOf(server.requests).filter((page) => page === '2').length, 3)
  })

  it('is tried again while it has no response', async (t) => {
    const { server, client } = await connected(t, { eventRows: 120 })
    server.misbehave({ ...isPage('2'), status: 503, times: 2 })
    assert.equal((await client.analytics.rows(entities()).toArray()).length, 120)
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
        for await (const row of client.analytics.rows(entities())) seen.push(row)
      },
      (error: Error) => error instanceof Dhis2ApiError && error.httpStatus === 409,
    )
    assert.equal(seen.length, 100)
  })

  it('ends the process, as any stream does, where nobody listens', async (t) => {
    const { server, client } = await connected(t)
    server.misbehave({ status: 409, body: '{"httpStatusCode":409,"status":"ERROR","message":"No"}' })
    const rows = client.analytics.rows(entities())
    assert.equal(rows.listenerCount('error'), 0)
    const failed = new Promise((resolve) => rows.once('error', resolve))
    rows.resume()
    assert.ok((await failed) instanceof Dhis2ApiError)
  })
})

describe('the parts ahead', () => {
  const many = { eventRows: 120_000 }
  const large = entities({ paging: { pageSize: 40_000 } })

  it('are asked for while the one before is read, and not held in memory', async (t) => {
    const { server, client } = await connected(t, many)
    const iterator = client.analytics.rows(large)[Symbol.asyncIterator]()
    await iterator.next()
    await eventually(() => pagesOf(server.requests).includes('2'), 'the second page is asked for')
    await sleep(50)
    for (const { bytesSent } of server.requests)
      assert.ok(bytesSent < 12_000_000, `${bytesSent} bytes of many more`)
    await iterator.return?.()
    await hangUp(server)
  })

  it('are not asked for where the connections are needed', async (t) => {
    const { server, client } = await connected(t, many, { pool: { connections: 1 } })
    const iterator = client.analytics.rows(large)[Symbol.asyncIterator]()
    await iterator.next()
    await sleep(50)
    assert.deepEqual(pagesOf(server.requests), ['1'])
    await iterator.return?.()
  })

  it('never keep lists beside each other from going on', async (t) => {
    const { client, table } = await listServer(t, { rows: 2000 }, { pool: { connections: 3 } })
    const query = { endpoint: paths.events, ou: 'R', pe: '2024', paging: { pageSize: 40 } }
    const lists = await Promise.all(Array.from({ length: 8 }, () => client.analytics.rows(query).toArray()))
    const expected = table.filter(({ day }) => day.startsWith('2024')).length
    assert.deepEqual(
      lists.map(({ length }) => length),
      new Array(8).fill(expected),
    )
  })

  it('hang up when the loop is left', async (t) => {
    const { server, client } = await connected(t, many)
    for await (const _ of client.analytics.rows(large)) {
      await eventually(() => pagesOf(server.requests).includes('2'), 'the second page is asked for')
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
    await assert.rejects(client.analytics.aggregate(large, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
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

describe('a list that can not be had whole', () => {
  const events = (query: AnalyticsQuery): AnalyticsQuery => ({ endpoint: paths.events, ou: 'R', ...query })
  const cases: [title: string, query: AnalyticsQuery, message: RegExp][] = [
    [
      'a comma in what stands alone without pe',
      { endpoint: paths.events, pe: '2024', dimension: ['x:EQ:a,b'], filter: { ou: 'R' } },
      /cuts it at its comma/,
    ],
    ['paging of an aggregate', { dx: 'a', paging: {} }, /leave it out/],
    [
      'paging of counted events',
      { endpoint: '/api/analytics/events/aggregate/IpHINAT79UW.json', ou: 'R', paging: {} },
      /leave it out/,
    ],
    ['of CSV', { endpoint: '/api/analytics/events/query/IpHINAT79UW.csv', ou: 'R' }, /JSON/i],
    [
      'paging beside pages',
      events({ paging: {}, params: { page: 2, totalPages: true } }),
      /leave page, totalPages out/,
    ],
    ['paging=false', events({ params: [['paging', 'false']] }), /leave paging=false out.*5,001 rows/],
    ['paging=false beside a page', events({ params: { paging: false, pageSize: 5 } }), /5,001 rows/],
    ['a limit', events({ params: { limit: 10 } }), /limit/],
    ['pages of no rows', events({ paging: { pageSize: 0 } }), /paging\.pageSize: /],
    [
      'pages of half a row',
      events({ paging: { pageSize: 1.5 } }),
      /paging\.pageSize: must be a whole number/,
    ],
    ['pages of text', events({ paging: '50' as never }), /paging: must be an object such as/],
    ['another option of paging', events({ paging: { page: 2 } as never }), /paging/],
    ['pe beside a date', events({ pe: '2024', params: { eventDate: '2024' } }), /by pe and by eventDate/],
    [
      'a filter of pe beside days',
      events({ filter: { pe: '2024' }, params: { startDate: '2024-01-01', endDate: '2024-01-31' } }),
      /by pe and by startDate and endDate/,
    ],
    [
      'two kinds of date',
      events({ params: { enrollmentDate: '2024', occurredDate: '2024' } }),
      /by enrollmentDate and by eventDate/,
    ],
    [
      'pe as a dimension and as a filter',
      events({ pe: '2024', filter: { pe: '2023' } }),
      /pe is asked for twice/,
    ],
    ['endDate alone', events({ params: { endDate: '2024-01-31' } }), /belong together/],
    ['startDate alone', events({ params: { startDate: '2024-01-31' } }), /belong together/],
    [
      'no day',
      events({ params: { startDate: '2024-02-30', endDate: '2024-03-01' } }),
      /"2024-02-30" is no day/,
    ],
    [
      'days the wrong way round',
      events({ params: { startDate: '2024-03-02', endDate: '2024-03-01' } }),
      /comes after/,
    ],
    ['a range that is none', events({ params: { eventDate: '2024-03-02_2024' } }), /"2024" is no day/],
    ['a period with a date of its own', events({ pe: '2024:ENROLLMENT_DATE' }), /leave it out of pe/],
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
    assert.throws(() => client.analytics.stream(entities()), isRefusal)
    await assert.rejects(client.analytics.streamTo('never.json', entities()), isRefusal)
    assert.equal(server.requests.length, 0)
  })

  it('is refused where an org unit is not there, which servers drop', async (t) => {
    const { client } = await listServer(t)
    await assert.rejects(
      client.analytics.rows({ endpoint: paths.events, ou: ['A', 'NoSuchUnit1'], pe: '2024' }).toArray(),
      (error: Error) => error instanceof QueryError && /there is no org unit NoSuchUnit1/.test(error.message),
    )
  })

  it('is refused where the server does not say which days a period has', async (t) => {
    const { client } = await listServer(t)
    await assert.rejects(
      client.analytics.rows({ endpoint: paths.events, ou: 'A', pe: ['2024', 'MYSTERY'] }).toArray(),
      /does not say which days MYSTERY has/,
    )
  })
})

describe('one page of a list', () => {
  const page = { pageSize: 50 }
  const refused: [title: string, query: AnalyticsQuery, message: RegExp][] = [
    ['periods with others between them', { pe: ['2023', '2025'] }, /makes one span of 2023, 2025/],
    ['org units of two levels', { ou: ['A', 'B1'], pe: '2024' }, /A, B1 are of several levels/],
  ]
  for (const [title, query, message] of refused) {
    it(`is refused where the server would read it otherwise: ${title}`, async (t) => {
      const { client, asked } = await listServer(t)
      const one = { endpoint: paths.events, ou: 'R', params: page, ...query }
      const isRefusal = (error: Error) => error instanceof QueryError && message.test(error.message)
      await assert.rejects(client.analytics.rows(one).toArray(), isRefusal)
      await assert.rejects(client.analytics.aggregate(one), isRefusal)
      await assert.rejects(text(client.analytics.stream(one)), isRefusal)
      await assert.rejects(client.analytics.streamTo('out/never.json', one), isRefusal)
      assert.ok(!asked.some((url) => url.includes('/query/')))
    })
  }

  it('is had for periods that follow on and org units of one level', async (t) => {
    const { client } = await listServer(t)
    const one = { endpoint: paths.events, ou: ['A', 'B'], pe: ['2023', '2024'], params: page }
    assert.equal((await client.analytics.rows(one).toArray()).length, 50)
  })

  it('is what stream() and streamTo() give, with a warning where none was asked for', async (t) => {
    const { client } = await listServer(t)
    const query = { endpoint: paths.events, ou: 'R', pe: '2024' }
    const warnings: (Error & { code?: string })[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    t.after(() => process.off('warning', onWarning))
    client.analytics.stream({ ...query, params: page }).destroy()
    client.analytics.stream({ dx: 'a', pe: '2024', ou: 'R' }).destroy()
    await sleep(5)
    assert.equal(warnings.length, 0)
    const { rows } = JSON.parse(await text(client.analytics.stream(query))) as { rows: unknown[] }
    assert.equal(rows.length, 50)
    await sleep(5)
    assert.deepEqual(
      warnings.map(({ code, message }) => [code, /rows\(\)/.test(message)]),
      [['DHIS2_ONE_PAGE', true]],
    )
  })
})

describe('org units of several levels as a filter', () => {
  it('is refused of event data, of which the server would add up wrong sums', async (t) => {
    const { client } = await listServer(t)
    const isRefusal = (error: Error) => error instanceof QueryError && /several levels/.test(error.message)
    for (const list of ['events', 'enrollments']) {
      const query = { endpoint: `/api/analytics/${list}/aggregate/IpHINAT79UW.json`, pe: '2024' }
      await assert.rejects(client.analytics.aggregate({ ...query, filter: { ou: ['A', 'B1'] } }), isRefusal)
      await assert.rejects(client.analytics.rows({ ...query, filter: { ou: 'A;B1' } }).toArray(), isRefusal)
    }
  })
})
