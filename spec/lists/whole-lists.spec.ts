import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  type AnalyticsQuery,
  type Dhis2ClientError,
  QueryError,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../lib/index.ts'
import {
  type Kind,
  type ListRow,
  type ListServerOptions,
  listServer,
  pathOf,
  paths,
} from '../support/list-server.ts'

type Wanted = (row: ListRow) => boolean

const inYears =
  (...years: string[]): Wanted =>
  ({ day }) =>
    years.includes(day.slice(0, 4))
const under =
  (...roots: string[]): Wanted =>
  ({ orgUnit }) =>
    pathOf(orgUnit).some((id) => roots.includes(id))
const everything: Wanted = () => true

const idsOf = (rows: readonly ListRow[], wanted: Wanted) =>
  rows
    .filter(wanted)
    .map(({ id }) => id)
    .sort()

/** Both ways to have a whole list give what the table has, each row once. */
async function holds(
  t: TestContext,
  kind: Kind,
  query: AnalyticsQuery,
  wanted: Wanted,
  options: ListServerOptions = {},
) {
  const server = await listServer(t, options)
  const whole = { endpoint: paths[kind], ou: 'R', ...query }
  const rows = await server.client.analytics.rows(whole).toArray()
  assert.deepEqual(rows.map(([id]) => String(id)).sort(), idsOf(server.table, wanted))
  const asked = [...server.asked]
  const grid = await server.client.analytics.aggregate(whole)
  assert.deepEqual(grid.rows.map(([id]) => String(id)).sort(), idsOf(server.table, wanted))
  assert.equal(grid.height, rows.length)
  return { ...server, asked, grid }
}

describe('a whole list', () => {
  for (const version of ['2.43', '2.41'] as const) {
    for (const pageSize of [undefined, 10_000, 599, 600, 100, 17, 3, 1]) {
      const paging = pageSize === undefined ? {} : { paging: { pageSize } }
      const what = `of ${version} in answers of ${pageSize ?? 'the usual number of'} rows`
      it(`has every event once, ${what}`, async (t) => {
        await holds(t, 'events', { pe: ['2023', '2025'], ...paging }, inYears('2023', '2025'), { version })
      })
      it(`has every enrollment once, ${what}`, async (t) => {
        await holds(t, 'enrollments', paging, everything, { version })
      })
      it(`has every tracked entity once, ${what}`, async (t) => {
        await holds(t, 'trackedEntities', paging, everything, { version })
      })
    }
  }

  it('is one request where one answer holds it', async (t) => {
    const { asked } = await holds(t, 'enrollments', {}, everything)
    assert.equal(asked.length, 1)
    assert.match(asked[0]!, /paging=true&totalPages=false&pageSize=50000&page=1$/)
  })

  it('is what its pages are not', async (t) => {
    const { client, table } = await listServer(t)
    const ids = new Set<unknown>()
    for (let page = 1; page <= 12; page++) {
      const params = { page, pageSize: 50 }
      for await (const [id] of client.analytics.rows({ endpoint: paths.enrollments, ou: 'R', params }))
        ids.add(id)
    }
    assert.ok(ids.size < table.length, `${ids.size} of ${table.length}`)
  })

  it('comes in windows, in their order, of which the answers are told beforehand', async (t) => {
    const { client, asked } = await listServer(t)
    const query = { endpoint: paths.events, ou: 'R', pe: '2024', paging: { pageSize: 60 } }
    const days = (await client.analytics.rows(query).toArray()).map(([, day]) => String(day).slice(0, 7))
    assert.deepEqual(
      days.map((day) => Number(day.slice(5)) > 6).toSorted(),
      days.map((day) => Number(day.slice(5)) > 6),
    )
    const fetched = asked.filter((url) => url.includes('pageSize=60'))
    const counted = asked.filter((url) => url.includes('totalPages=true'))
    assert.ok(counted.length >= fetched.length - 1)
    assert.ok(counted.every((url) => url.includes('pageSize=1&page=1')))
  })

  it('is of the last 12 months of events where nothing is said, and tells so', async (t) => {
    const { grid } = await holds(t, 'events', {}, inYears('2025'))
    assert.deepEqual(grid.metaData['spans'], [{ startDate: '2025-01-01', endDate: '2025-12-31' }])
    assert.equal(grid.metaData.dimensions?.['pe']?.length, 12)
    assert.equal(grid.metaData['pager'], undefined)
  })

  it('unites periods that follow on, and asks for others as windows of their own', async (t) => {
    const { asked, grid } = await holds(t, 'events', { pe: ['2023', '2024'] }, inYears('2023', '2024'))
    assert.equal(asked.filter((url) => url.includes('/query/')).length, 1)
    assert.deepEqual(grid.metaData['spans'], [{ startDate: '2023-01-01', endDate: '2024-12-31' }])
    const apart = await holds(t, 'enrollments', { pe: '2025;2023' }, inYears('2023', '2025'))
    assert.deepEqual(
      apart.asked.filter((url) => url.includes('/query/')).map((url) => /startDate=\d+/.exec(url)?.[0]),
      ['startDate=2023', 'startDate=2025'],
    )
    assert.deepEqual(apart.grid.metaData.dimensions?.['pe'], ['2025', '2023'])
  })

  it('takes periods as a filter, or as a date that every version reads', async (t) => {
    await holds(t, 'events', { filter: { pe: ['2023', '2025'] } }, inYears('2023', '2025'))
    const occurred = (params: Record<string, string>) => ({ params, paging: { pageSize: 40 } })
    const march: Wanted = ({ day }) => day.startsWith('2023') || day.startsWith('2025-03')
    const wanted = '2023;2025-03-01_2025-03-31'
    for (const version of ['2.43', '2.41'] as const) {
      await holds(t, 'events', occurred({ occurredDate: wanted }), march, { version })
      await holds(t, 'events', occurred({ eventDate: wanted }), march, { version })
    }
    await holds(t, 'enrollments', occurred({ enrollmentDate: wanted }), march)
    await holds(t, 'events', occurred({ startDate: '2023-12-30', endDate: '2024-01-02' }), ({ day }) =>
      ['2023-12-30', '2023-12-31', '2024-01-01', '2024-01-02'].includes(day),
    )
  })

  const places: [title: string, ou: string | string[], wanted: Wanted][] = [
    ['of two levels', ['A', 'B1'], under('A', 'B1')],
    ['that lie in each other', ['A1', 'R', 'B'], everything],
    ['by keyword and level', ['USER_ORGUNIT', 'LEVEL-3'], ({ orgUnit }) => pathOf(orgUnit).length === 3],
    ['of several levels', ['LEVEL-2', 'LEVEL-3', 'A'], under('A')],
    ['by keyword', 'USER_ORGUNIT', everything],
    ['of one level', 'A;C', under('A', 'C')],
  ]
  for (const [title, ou, wanted] of places) {
    it(`asks level by level for events of org units ${title}`, async (t) => {
      const inTime: Wanted = (row) => wanted(row) && inYears('2024')(row)
      await holds(t, 'events', { ou, pe: '2024' }, inTime)
      await holds(t, 'events', { ou, pe: '2024', paging: { pageSize: 20 } }, inTime)
    })
  }

  it('cuts a day that is too large by org units', async (t) => {
    const hot = { hotDay: '2024-05-05', rows: 1500, limit: 90 }
    await holds(t, 'events', { pe: '2024' }, inYears('2024'), hot)
    await holds(t, 'enrollments', {}, everything, hot)
    await holds(
      t,
      'events',
      { ou: 'LEVEL-2', pe: '2024' },
      (row) => inYears('2024')(row) && row.orgUnit !== 'R',
      hot,
    )
    await holds(
      t,
      'events',
      { ou: ['A', 'B1'], pe: '2024' },
      (row) => inYears('2024')(row) && under('A', 'B1')(row),
      hot,
    )
  })

  it('gives rows once where org units lie in each other, also in pieces', async (t) => {
    const hot = { hotDay: '2024-05-05', rows: 1500, limit: 90 }
    await holds(t, 'enrollments', { ou: ['A1', 'A', 'B'] }, under('A', 'B'), hot)
  })

  it('asks for more than a page holds rather than to cut a day', async (t) => {
    const { asked } = await holds(t, 'events', { pe: '2024', paging: { pageSize: 50 } }, inYears('2024'), {
      hotDay: '2024-05-05',
    })
    assert.ok(asked.some((url) => url.includes('pageSize=100000')))
    assert.ok(!asked.some((url) => url.includes('organisationUnits')))
  })

  it('fails where one day of one org unit is too large, and says which', async (t) => {
    const { client } = await listServer(t, { hotDay: '2024-05-05', rows: 1500, limit: 30 })
    for (const kind of ['events', 'enrollments'] as const) {
      await assert.rejects(
        client.analytics.rows({ endpoint: paths[kind], ou: 'R', pe: '2024' }).toArray(),
        (error: Dhis2ClientError) =>
          error instanceof TruncatedResponseError &&
          /^2024-05-05, org unit R itself has \S+( than)? ?\d* rows, and this server gives 30 at most/.test(
            error.message,
          ) &&
          error.request !== undefined,
      )
    }
  })

  it('takes metaData that comes behind the rows', async (t) => {
    for (const paging of [{}, { paging: { pageSize: 70 } }]) {
      await holds(t, 'events', { pe: '2024', ...paging }, inYears('2024'), { late: true })
      await holds(t, 'enrollments', paging, everything, { late: true })
      await holds(t, 'trackedEntities', paging, everything, { late: true })
    }
  })

  it('may be empty', async (t) => {
    for (const kind of ['events', 'enrollments', 'trackedEntities'] as const) {
      const { grid } = await holds(t, kind, {}, everything, { rows: 0 })
      assert.deepEqual([grid.height, grid.width, grid.headerWidth], [0, 0, 3])
    }
  })

  it('keeps an order where one answer holds it, and refuses to lose it', async (t) => {
    const { client, table } = await listServer(t)
    const query = (kind: Kind, order: string, pageSize?: number): AnalyticsQuery => ({
      endpoint: paths[kind],
      ou: 'R',
      params: { desc: order },
      ...(pageSize && { paging: { pageSize } }),
    })
    const rows = await client.analytics.rows(query('enrollments', 'enrollmentdate')).toArray()
    const days = rows.map(([, day]) => String(day))
    assert.deepEqual(days, days.toSorted().reverse())
    for (const [kind, order] of [
      ['enrollments', 'enrollmentdate'],
      ['trackedEntities', 'created'],
    ] as const) {
      await assert.rejects(
        client.analytics.rows(query(kind, order, 100)).toArray(),
        (error: Error) => error instanceof QueryError && /asc and desc can't be kept/.test(error.message),
      )
    }
    const entities = await client.analytics.rows(query('trackedEntities', 'trackedentity', 100)).toArray()
    assert.deepEqual(
      entities.map(([id]) => id),
      idsOf(table, everything).reverse(),
    )
  })

  it('is one page where one is asked for', async (t) => {
    const { client, asked } = await listServer(t)
    for (const params of [{ page: 2 }, { pageSize: 50 }]) {
      const query = { endpoint: paths.events, ou: 'R', pe: '2025', params }
      assert.equal((await client.analytics.rows(query).toArray()).length, 50)
      assert.equal((await client.analytics.aggregate(query)).height, 50)
    }
    assert.equal(asked.length, 4)
  })

  it('moves what rowContext says to the rows in the whole', async (t) => {
    const { client } = await listServer(t, {
      rows: 120,
      change(grid) {
        grid.rowContext = { 1: { 0: { valueStatus: 'ND' } } }
      },
    })
    const grid = await client.analytics.aggregate({
      endpoint: paths.trackedEntities,
      ou: 'R',
      paging: { pageSize: 50 },
    })
    assert.deepEqual(Object.keys(grid['rowContext'] as object), ['1', '51', '101'])
  })
})

describe('answers that contradict themselves, or each other', () => {
  type Change = NonNullable<ListServerOptions['change']>
  const onPage =
    (page: number, change: (grid: Parameters<Change>[0]) => void): Change =>
    (grid, query) => {
      if (query.get('asc') === 'trackedentity' && query.get('page') === String(page)) change(grid)
    }
  const pager = (grid: Parameters<Change>[0]) => grid.metaData.pager!
  const shortened = (grid: Parameters<Change>[0], rows: number) => {
    grid.rows.length = rows
    grid.height = rows
  }
  const cases: [title: string, change: Change, message: RegExp][] = [
    [
      'a short page that says more follow',
      onPage(2, (grid) => shortened(grid, 30)),
      /page 2 has 30 rows of 50, and says that more follow/,
    ],
    [
      'an empty page that says it is one of four',
      onPage(2, (grid) => {
        shortened(grid, 0)
        grid.metaData.pager = { page: 2, pageSize: 50, pageCount: 4 }
      }),
      /page 2 has no rows/,
    ],
    [
      'nine rows where ten were due',
      onPage(3, (grid) => {
        shortened(grid, grid.rows.length - 1)
        Object.assign(pager(grid), { total: 120, pageCount: 3 })
      }),
      /should have 20 rows, but 19 came/,
    ],
    [
      'isLastPage on page 2 of 4',
      onPage(2, (grid) => Object.assign(pager(grid), { isLastPage: true, pageCount: 4 })),
      /Page 2 says isLastPage: true and pageCount: 4/,
    ],
    [
      'a total that falls',
      (grid, query) => {
        if (query.has('asc')) Object.assign(pager(grid), { total: 120 - Number(query.get('page')) })
      },
      /page 2 says total: 118, where the page before it said 119|should have/,
    ],
    [
      'pages that repeat A, B, A, B',
      (() => {
        const pages: string[][][] = []
        return (grid: Parameters<Change>[0], query: URLSearchParams) => {
          if (!query.has('asc')) return
          const page = Number(query.get('page'))
          if (page <= 2) pages[page] = grid.rows
          else grid.rows = pages[page - 2]!.slice(0, grid.rows.length)
        }
      })(),
      /trackedentity row\d+, which came before/,
    ],
    [
      'the rows of another page',
      onPage(2, (grid) => Object.assign(pager(grid), { page: 1 })),
      /Page 2 has the rows of page 1/,
    ],
    [
      'a page of another size',
      onPage(2, (grid) => {
        shortened(grid, 40)
        Object.assign(pager(grid), { pageSize: 40 })
      }),
      /a page of 40 rows, where those before it had 50/,
    ],
    ['pageSize: 0', onPage(2, (grid) => Object.assign(pager(grid), { pageSize: 0 })), /keyAnalyticsMaxLimit/],
    [
      'no pager',
      onPage(2, (grid) => {
        grid.metaData.pager = undefined
      }),
      /page 2.*no pager/,
    ],
    [
      'other columns',
      onPage(2, (grid) => {
        grid.headers[1] = { name: 'other' }
      }),
      /page 2 has other headers than those before it: trackedentity, other, ou/,
    ],
    [
      'a row too many',
      onPage(3, (grid) => {
        while (grid.rows.length <= 50) grid.rows.push([`more${grid.rows.length}`, '', ''])
        grid.height = grid.rows.length
      }),
      /page 3 has more rows than the 50 of its page/,
    ],
  ]
  for (const [title, change, message] of cases) {
    it(`fail: ${title}`, async (t) => {
      const { client } = await listServer(t, { rows: 120, change })
      const query = { endpoint: paths.trackedEntities, ou: 'R', paging: { pageSize: 50 } }
      const isRefusal = (error: Dhis2ClientError) => {
        assert.ok(
          error instanceof UnexpectedContentError || error instanceof TruncatedResponseError,
          String(error),
        )
        assert.match(error.message, message)
        assert.ok(error.request)
        return true
      }
      await assert.rejects(client.analytics.rows(query).toArray(), isRefusal)
      await assert.rejects(client.analytics.aggregate(query), isRefusal)
    })
  }

  const windows: [title: string, kind: Kind, change: Change, message: RegExp][] = [
    [
      'a first answer without all rows that says more follow',
      'events',
      (grid, query) => {
        if (query.get('totalPages') === 'false') Object.assign(pager(grid), { isLastPage: false })
      },
      /does not say that it is the last page, but there are only \d+ rows/,
    ],
    [
      'windows that have fewer rows than were counted in all',
      'events',
      (grid, query) => {
        if (
          query.get('totalPages') === 'true' &&
          query.get('startDate') === '2024-01-01' &&
          query.get('endDate') === '2024-12-31'
        )
          Object.assign(pager(grid), { total: Number(pager(grid)['total']) + 1 })
      },
      /counted \d+ rows, but its parts have \d+/,
    ],
    [
      'a window with fewer rows than were counted in it',
      'events',
      (grid, query) => {
        if (query.get('pageSize') === '60' && query.get('endDate') !== '2024-12-31')
          shortened(grid, grid.rows.length - 1)
      },
      /should have \d+ rows, but \d+ came/,
    ],
    [
      'a row that is in two windows',
      'events',
      (grid, query) => {
        if (query.get('pageSize') === '60' && grid.rows.length) grid.rows[0]![0] = 'twice'
      },
      /psi twice, which came before/,
    ],
    [
      'no pager at all',
      'enrollments',
      (grid) => {
        grid.metaData.pager = undefined
      },
      /has no pager/,
    ],
    [
      'pageSize: 0',
      'events',
      (grid) => {
        grid.rows = []
        grid.height = 0
        Object.assign(pager(grid), { pageSize: 0, isLastPage: true })
      },
      /keyAnalyticsMaxLimit/,
    ],
  ]
  for (const [title, kind, change, message] of windows) {
    it(`fail: ${title}`, async (t) => {
      const { client } = await listServer(t, { change })
      const query = { endpoint: paths[kind], ou: 'R', pe: '2024', paging: { pageSize: 60 } }
      const isRefusal = (error: Dhis2ClientError) => {
        assert.match(String(error), message)
        assert.ok(error.request)
        return true
      }
      await assert.rejects(client.analytics.rows(query).toArray(), isRefusal)
      await assert.rejects(client.analytics.aggregate(query), isRefusal)
    })
  }
})
