import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import {
  demoBearer,
  demoToken,
  type StandIn,
  type StandInOptions,
  startDhis2,
} from '../../examples/support/dhis2-server.ts'
import { gridJson } from '../../lib/testing/grid-bytes.ts'

const basic = `Basic ${Buffer.from('admin:district').toString('base64')}`
const pivot = 'dimension=dx:fbfJHSPpUQD&dimension=pe:LAST_12_MONTHS&dimension=ou:LEVEL-3'

interface Asked {
  status: number
  headers: Headers
  text: string
}

interface Pager {
  page: number
  pageSize: number
  total?: number
  pageCount?: number
  isLastPage?: boolean
}

interface JsonGrid {
  headers: { name: string; column: string }[]
  metaData: { items: Record<string, { name: string }>; dimensions: Record<string, string[]>; pager?: Pager }
  rows: string[][]
  width: number
  height: number
  headerWidth: number
}

async function started(t: TestContext, options?: StandInOptions): Promise<StandIn> {
  const server = await startDhis2(options)
  t.after(() => server.close())
  return server
}

async function ask(server: StandIn, path: string, headers: Record<string, string> = {}): Promise<Asked> {
  const response = await fetch(server.url + path, {
    headers: { authorization: basic, ...headers },
    redirect: 'manual',
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function askGrid(server: StandIn, path: string): Promise<JsonGrid> {
  const { status, text } = await ask(server, path)
  assert.equal(status, 200, text)
  return JSON.parse(text) as JsonGrid
}

/** A response whose body waits until somebody reads it. */
async function opened(
  server: StandIn,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const request = get(server.url + path, { agent: false, headers: { authorization: basic, ...headers } })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function bytesUntilCut(response: IncomingMessage): Promise<number> {
  let bytes = 0
  await assert.rejects(async () => {
    for await (const chunk of response) bytes += (chunk as Buffer).length
  }, /aborted/)
  return bytes
}

describe('the stand-in: data', () => {
  it('sends a JSON grid whose height is its number of rows and whose items name every id', async (t) => {
    const server = await started(t, { rows: 2500 })
    const grid = await askGrid(server, `/api/analytics.json?${pivot}`)
    assert.equal(grid.rows.length, 2500)
    assert.equal(grid.height, 2500)
    assert.equal(grid.width, 4)
    assert.deepEqual(
      grid.headers.map(({ name }) => name),
      ['dx', 'pe', 'ou', 'value'],
    )
    for (const [dx, pe, ou, value] of grid.rows) {
      assert.ok(grid.metaData.items[dx!] && grid.metaData.items[pe!] && grid.metaData.items[ou!])
      assert.match(value!, /^\d+\.\d+(E-4)?$/)
    }
    assert.equal(new Set(grid.rows.map((row) => row.slice(0, 3).join())).size, 2500)
  })

  it('gives the same bytes for the same seed and others for another', async (t) => {
    const [first, same, other] = await Promise.all([
      started(t, { seed: 7 }),
      started(t, { seed: 7 }),
      started(t, { seed: 8 }),
    ])
    const path = `/api/analytics.json?${pivot}`
    const { text } = await ask(first, path)
    assert.equal((await ask(same, path)).text, text)
    assert.notEqual((await ask(other, path)).text, text)
  })

  it('sends an exact Content-Length and a strong ETag', async (t) => {
    const server = await started(t, { rows: 12_345, shape: 'wide', metaDataBytes: 200_000 })
    const { headers, text } = await ask(server, `/api/analytics.json?${pivot}`)
    assert.equal(Number(headers.get('content-length')), Buffer.byteLength(text))
    assert.match(headers.get('etag') ?? '', /^"\w+"$/)
  })

  it('sends CSV with a line of labels and a line a row', async (t) => {
    const server = await started(t, { rows: 300 })
    const { headers, text } = await ask(server, `/api/analytics.csv?${pivot}`)
    const lines = text.split('\n')
    assert.equal(headers.get('content-type'), 'application/csv')
    assert.equal(lines[0], 'Data,Period,Organisation unit,Value')
    assert.equal(lines.length, 302)
    assert.equal(lines.at(-1), '')
  })

  it('sends wide grids with every kind of cell', async (t) => {
    const server = await started(t, { rows: 500, shape: 'wide' })
    const { headers, rows } = await askGrid(server, `/api/analytics.json?${pivot}`)
    const cells = new Set(rows.flat())
    assert.equal(headers.length, 40)
    assert.ok(rows.every((row) => row.length === 40))
    for (const cell of ['', '0', '1', '0.0', 'བཀྲ་ཤིས།']) assert.ok(cells.has(cell), cell)
    assert.ok([...cells].some((cell) => cell.startsWith('{"type":"Point","coordinates":[')))
    assert.ok([...cells].some((cell) => cell.includes('\n') && cell.includes(',')))
    assert.ok([...cells].some((cell) => / 00:00:00\.0$/.test(cell)))
  })

  it('inflates metaData to about the size asked for, with an item called rows', async (t) => {
    const server = await started(t, { rows: 10, metaDataBytes: 1_000_000 })
    const { metaData } = await askGrid(server, `/api/analytics.json?${pivot}`)
    const { length } = JSON.stringify(metaData)
    assert.ok(length > 950_000 && length < 1_050_000, String(length))
    assert.deepEqual(metaData.items['rows'], { name: 'rows' })
  })

  it('says width 0 of an empty grid, and leaves out what the client skips', async (t) => {
    const empty = await askGrid(await started(t, { rows: 0 }), `/api/analytics.json?${pivot}`)
    assert.deepEqual([empty.width, empty.headerWidth, empty.height, empty.rows], [0, 4, 0, []])
    const server = await started(t)
    assert.deepEqual((await askGrid(server, `/api/analytics.json?${pivot}&skipMeta=true`)).metaData, {})
    const skipped = await askGrid(server, `/api/analytics.json?${pivot}&skipData=true`)
    assert.deepEqual([skipped.headers, skipped.rows, skipped.height], [[], [], 0])
  })

  it('writes the keys of a grid in any order', () => {
    const keyOrder = ['rows', 'height', 'headers'] as const
    const grid = JSON.parse(Buffer.concat([...gridJson({ rows: 3, keyOrder })]).toString()) as JsonGrid
    assert.deepEqual(Object.keys(grid), keyOrder)
  })

  it('answers every endpoint, with and without a version in the path', async (t) => {
    const server = await started(t, { contextPath: '/stable-2-42', manners: { shufflesTies: false } })
    const paths = [
      '/analytics/rawData.json',
      '/analytics/events/query/IpHINAT79UW',
      '/analytics/events/aggregate/IpHINAT79UW.json',
      '/analytics/enrollments/query/IpHINAT79UW.json',
      '/analytics/enrollments/aggregate/IpHINAT79UW',
      '/analytics/trackedEntities/query/nEenWmSyUEp.json',
      '/analytics/outlierDetection',
      '/orgUnitAnalytics.json',
    ]
    for (const path of paths) {
      // Tracked entities refuse periods.
      const asked = path.includes('trackedEntities') ? 'dimension=ou:LEVEL-3' : pivot
      const grid = await askGrid(server, `/api${path}?${asked}`)
      assert.equal(grid.rows.length, grid.height, path)
      assert.ok(grid.height > 0, path)
      assert.ok(
        grid.rows.every((row) => row.length === grid.headers.length),
        path,
      )
      assert.deepEqual(await askGrid(server, `/api/42${path}?${asked}`), grid)
    }
    const info = JSON.parse((await ask(server, '/api/system/info')).text) as Record<string, string>
    assert.equal(info['version'], '2.43.1')
    assert.equal(info['contextPath'], server.url)
  })

  it('sends data values as objects, and needs data, periods and organisation units for them', async (t) => {
    const server = await started(t, { rows: 30 })
    const { text } = await ask(server, `/api/analytics/dataValueSet.json?${pivot}`)
    const { dataValues } = JSON.parse(text) as { dataValues: Record<string, unknown>[] }
    assert.equal(dataValues.length, 30)
    assert.deepEqual(Object.keys(dataValues[0]!), [
      'dataElement',
      'period',
      'orgUnit',
      'value',
      'created',
      'lastUpdated',
      'comment',
      'followup',
    ])
    for (const [dimensions, errorCode] of [
      ['pe:2024,ou:x', 'E7117'],
      ['dx:x,ou:x', 'E7118'],
      ['dx:x,pe:2024', 'E7119'],
    ]) {
      const refused = await ask(server, `/api/analytics/dataValueSet.json?dimension=${dimensions}`)
      assert.equal(refused.status, 409)
      assert.equal((JSON.parse(refused.text) as { errorCode: string }).errorCode, errorCode)
    }
  })

  it('sends an SQL view one level down, with typed cells', async (t) => {
    const server = await started(t, { rows: 40 })
    const { text } = await ask(server, '/api/sqlViews/dI68mLkP1wN/data.json')
    const { listGrid } = JSON.parse(text) as { listGrid: Omit<JsonGrid, 'rows'> & { rows: unknown[][] } }
    assert.equal(listGrid.rows.length, listGrid.height)
    const types = new Set(listGrid.rows.flat().map((cell) => (cell === null ? 'null' : typeof cell)))
    assert.deepEqual([...types].sort(), ['boolean', 'null', 'number', 'object', 'string'])
  })

  it('serves a body of the test’s own under a path', async (t) => {
    const server = await started(t)
    server.serve('/api/analytics.json', gzipSync('{}'), { 'Content-Encoding': 'gzip' })
    const { headers, text } = await ask(server, '/api/analytics.json?dimension=nope')
    assert.equal(headers.get('content-type'), 'application/json')
    assert.equal(text, '{}')
    assert.equal((await ask(server, '/api/analytics.json', { authorization: 'Basic eDp5' })).status, 401)
  })
})

describe('the stand-in: formats', () => {
  it('goes by the suffix, then by Accept, then sends JSON', async (t) => {
    const server = await started(t)
    const typeOf = async (path: string, accept?: string) =>
      (await ask(server, `${path}?${pivot}`, accept === undefined ? {} : { accept })).headers.get(
        'content-type',
      )
    assert.equal(await typeOf('/api/analytics'), 'application/json')
    assert.equal(await typeOf('/api/analytics', 'application/xml'), 'application/xml')
    assert.equal(await typeOf('/api/analytics.json', 'application/xml'), 'application/json')
    assert.equal(await typeOf('/api/analytics.xls'), 'application/vnd.ms-excel')
    assert.equal(await typeOf('/api/analytics.xlsx'), 'application/vnd.ms-excel')
    assert.match((await ask(server, `/api/analytics.xlsx?${pivot}`)).text, /^PK/)
    assert.match((await ask(server, `/api/analytics.xml?${pivot}`)).text, /<rows><row><field>fbfJHSPpUQD</)
  })

  it('answers 406 to a bare path asked for CSV', async (t) => {
    const server = await started(t)
    assert.equal((await ask(server, `/api/analytics?${pivot}`, { accept: 'text/csv' })).status, 406)
  })

  it('answers 404 with a page to rawData and dataValueSet without a suffix', async (t) => {
    const server = await started(t)
    for (const path of ['/api/analytics/rawData', '/api/analytics/dataValueSet']) {
      const { status, headers, text } = await ask(server, `${path}?${pivot}`)
      assert.equal(status, 404)
      assert.match(headers.get('content-type') ?? '', /^text\/html/)
      assert.match(text, /^<!doctype html>/)
    }
  })

  it('answers 404 in JSON to a path that there isn’t', async (t) => {
    const { status, text } = await ask(await started(t), '/api/analytics.json.gz')
    assert.equal(status, 404)
    assert.equal((JSON.parse(text) as { errorCode: string }).errorCode, 'E1005')
  })

  it('compresses where both sides want to, and then sends no Content-Length', async (t) => {
    const server = await started(t, { compress: ['br', 'gzip'] })
    const path = `/api/analytics.json?${pivot}`
    const squeezed = await ask(server, path, { 'accept-encoding': 'gzip' })
    assert.equal(squeezed.headers.get('content-encoding'), 'gzip')
    assert.equal(squeezed.headers.get('content-length'), null)
    const plain = await ask(server, path, { 'accept-encoding': 'identity' })
    assert.equal(plain.headers.get('content-encoding'), null)
    assert.equal(squeezed.text, plain.text)
  })
})

describe('the stand-in: bad queries', () => {
  const refusals: [title: string, query: string, status: number, errorCode: string | undefined][] = [
    ['409 to a dimension that there isn’t', 'dimension=nope:x', 409, 'E7124'],
    ['409 to one behind a comma, where there is one parameter', 'dimension=dx:a;b,nope:x', 409, 'E7124'],
    ['409 to a filter that there isn’t', 'dimension=dx:a&filter=nope:x', 409, 'E7124'],
    ['409 to no dimension at all', 'filter=ou:x', 409, 'E7101'],
    ['409 to more rows than the limit', 'dimension=dx:a', 409, 'E7128'],
    ['400 to a bad enum', 'dimension=dx:a&aggregationType=NOPE', 400, undefined],
    ['400 to a bad date', 'dimension=dx:a&startDate=yesterday', 400, undefined],
  ]
  for (const [title, query, status, errorCode] of refusals) {
    it(`answers ${title}`, async (t) => {
      const asked = await ask(await started(t, { maxRows: 100 }), `/api/analytics?${query}`)
      const body = JSON.parse(asked.text) as Record<string, unknown>
      assert.equal(asked.status, status)
      assert.equal(body['httpStatusCode'], status)
      assert.equal(body['status'], 'ERROR')
      assert.equal(body['errorCode'], errorCode)
    })
  }

  it('leaves commas alone where the parameter is repeated', async (t) => {
    const server = await started(t)
    assert.equal((await ask(server, '/api/analytics?dimension=dx:a,nope&dimension=pe:2024')).status, 200)
  })

  it('answers a refused CSV query with status 200 and a line of text', async (t) => {
    const server = await started(t, { maxRows: 100_000, rows: 100_001 })
    const { status, headers, text } = await ask(server, `/api/analytics.csv?${pivot}`)
    assert.equal(status, 200)
    assert.equal(headers.get('content-disposition'), 'inline; filename="error.html"')
    assert.equal(text, 'E7128: Query result set exceeded max limit: 100000')
    assert.match((await ask(server, '/api/analytics.xlsx?dimension=nope:x')).text, /^E7124: /)
  })

  it('has no limit for raw data, nor for a client that may ignore it', async (t) => {
    const server = await started(t, { maxRows: 100 })
    assert.equal((await askGrid(server, `/api/analytics/rawData.json?${pivot}`)).height, 1000)
    assert.equal((await askGrid(server, `/api/analytics.json?${pivot}&ignoreLimit=true`)).height, 1000)
  })
})

describe('the stand-in: credentials', () => {
  const path = '/api/system/info'

  it('lets in a user, a token and a bearer', async (t) => {
    const server = await started(t)
    for (const authorization of [basic, `ApiToken ${demoToken}`, `Bearer ${demoBearer}`]) {
      assert.equal((await ask(server, path, { authorization })).status, 200)
    }
  })

  it('sends somebody without credentials to the login page', async (t) => {
    const server = await started(t, { contextPath: '/dhis' })
    const { status, headers } = await ask(server, path, { authorization: '' })
    assert.equal(status, 302)
    assert.equal(headers.get('location'), '/dhis/login/')
    const page = await fetch(server.url + path)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /login/)
  })

  const refusals: [
    title: string,
    headers: Record<string, string>,
    status: number,
    challenge: RegExp | null,
  ][] = [
    [
      '401 to a script without credentials',
      { authorization: '', 'x-requested-with': 'XMLHttpRequest' },
      401,
      null,
    ],
    ['401 to a wrong password', { authorization: 'Basic YWRtaW46d3Jvbmc=' }, 401, null],
    [
      '401 to an unknown token',
      { authorization: `ApiToken ${demoToken.replace('5x', '6x')}` },
      401,
      /^ApiToken$/,
    ],
    ['400 to a malformed token', { authorization: 'ApiToken d2pat_short' }, 400, /^ApiToken$/],
    ['401 to an unknown bearer', { authorization: 'Bearer who' }, 401, /^Bearer error="invalid_token"/],
  ]
  for (const [title, headers, status, challenge] of refusals) {
    it(`answers ${title}`, async (t) => {
      const refused = await ask(await started(t), path, headers)
      assert.equal(refused.status, status)
      assert.equal((JSON.parse(refused.text) as { httpStatusCode: number }).httpStatusCode, status)
      const sent = refused.headers.get('www-authenticate')
      if (challenge === null) assert.equal(sent, null)
      else assert.match(sent ?? '', challenge)
    })
  }

  it('takes a bearer from the moment it is issued until it is revoked', async (t) => {
    const server = await started(t)
    const authorization = 'Bearer fresh'
    server.issueBearer('fresh')
    assert.equal((await ask(server, path, { authorization })).status, 200)
    server.revokeBearer('fresh')
    const { status, headers } = await ask(server, path, { authorization })
    assert.equal(status, 401)
    assert.match(headers.get('www-authenticate') ?? '', /Jwt expired/)
  })
})

describe('the stand-in: paging', () => {
  const days = 'startDate=2021-01-01&endDate=2025-12-31'
  const events = '/api/analytics/events/query/IpHINAT79UW.json'
  const enrollments = '/api/analytics/enrollments/query/IpHINAT79UW.json'
  const trackedEntities = '/api/analytics/trackedEntities/query/nEenWmSyUEp.json'

  it('counts events and pages them by fifty', async (t) => {
    const { metaData, rows } = await askGrid(await started(t), `${events}?${days}`)
    assert.deepEqual(metaData.pager, { page: 1, total: 230, pageSize: 50, pageCount: 5 })
    assert.equal(rows.length, 50)
  })

  it('counts enrollments only when asked, and says which page is the last', async (t) => {
    const server = await started(t)
    const last = await askGrid(server, `${enrollments}?page=5`)
    assert.deepEqual(last.metaData.pager, { page: 5, pageSize: 50, isLastPage: true })
    assert.equal(last.rows.length, 30)
    assert.equal((await ask(server, `${enrollments}?totalPages=true`)).status, 409)
    const old = await started(t, { version: '2.41' })
    const counted = await askGrid(old, `${enrollments}?totalPages=true`)
    assert.equal(counted.metaData.pager?.total, 230)
  })

  it('does not call an empty page the last', async (t) => {
    const { metaData, rows } = await askGrid(await started(t), `${enrollments}?page=6`)
    assert.deepEqual(metaData.pager, { page: 6, pageSize: 50, isLastPage: false })
    assert.deepEqual(rows, [])
  })

  it('gives every row once over all pages, if ties keep their places', async (t) => {
    const server = await started(t, { manners: { shufflesTies: false } })
    const pages = await Promise.all(
      [1, 2, 3].map((page) => askGrid(server, `${events}?${days}&pageSize=100&page=${page}`)),
    )
    const ids = pages.flatMap(({ rows }) => rows.map(([psi]) => psi))
    const all = await askGrid(server, `${events}?${days}&paging=false`)
    assert.deepEqual(
      ids,
      all.rows.map(([psi]) => psi),
    )
    assert.equal(new Set(ids).size, 230)
    assert.equal(all.metaData.pager, undefined)
  })

  it('lowers a page size that is too large without a word', async (t) => {
    const server = await started(t, { maxPageSize: 20 })
    const { metaData, rows } = await askGrid(server, `${events}?pageSize=1000`)
    assert.equal(metaData.pager?.pageSize, 20)
    assert.equal(rows.length, 20)
  })

  it('stops at the limit without paging, and without a word', async (t) => {
    const server = await started(t, { pagingFalseLimit: 101, maxPageSize: 150 })
    assert.equal((await askGrid(server, `${events}?${days}&paging=false`)).height, 101)
    assert.equal((await askGrid(server, `${enrollments}?paging=false`)).height, 101)
    assert.equal((await askGrid(server, `${trackedEntities}?paging=false`)).height, 151)
    const old = await started(t, { version: '2.41', maxPageSize: 150 })
    assert.equal((await askGrid(old, `${events}?${days}&paging=false`)).height, 151)
    assert.equal((await askGrid(old, `${enrollments}?paging=false`)).height, 150)
    const wished = await started(t, { manners: { stopsUnpaged: false }, pagingFalseLimit: 101 })
    assert.equal((await askGrid(wished, `${events}?${days}&paging=false`)).height, 230)
  })

  it('sends a tracked entity too many, and no pager, without metadata', async (t) => {
    const server = await started(t)
    const { metaData, rows } = await askGrid(server, `${trackedEntities}?skipMeta=true&pageSize=10`)
    assert.deepEqual(metaData, {})
    assert.equal(rows.length, 11)
    assert.equal((await askGrid(server, `${events}?skipMeta=true&pageSize=10`)).height, 10)
  })
})

describe('the stand-in: the manners of lists', () => {
  const days = 'startDate=2021-01-01&endDate=2025-12-31'
  const events = '/api/analytics/events/query/IpHINAT79UW.json'
  const enrollments = '/api/analytics/enrollments/query/IpHINAT79UW.json'
  const trackedEntities = '/api/analytics/trackedEntities/query/nEenWmSyUEp.json'
  const many = { eventRows: 2000 }

  /** How many rows each of these queries is answered with. */
  async function heights(server: StandIn, path: string, ...queries: string[]): Promise<number[]> {
    const grids = await Promise.all(
      queries.map((query) => askGrid(server, `${path}?pageSize=100000&${query}`)),
    )
    return grids.map(({ height }) => height)
  }

  it('shuffles what ties, so that pages lose rows and repeat others', async (t) => {
    for (const order of ['', '&asc=eventdate', '&desc=ouname']) {
      const server = await started(t, many)
      const ids: unknown[] = []
      for (let page = 1; page <= 20; page++) {
        const { rows } = await askGrid(server, `${events}?${days}&pageSize=100&page=${page}${order}`)
        ids.push(...rows.map(([id]) => id))
      }
      assert.equal(ids.length, 2000)
      assert.ok(new Set(ids).size < 2000, order)
    }
  })

  it('sorts tracked entities by their own id, under the name it has in a version', async (t) => {
    for (const [version, own, other] of [
      ['2.43', 'trackedentity', 'trackedentityinstanceuid'],
      ['2.41', 'trackedentityinstanceuid', 'trackedentity'],
    ] as const) {
      const server = await started(t, { version })
      const { rows, headers } = await askGrid(server, `${trackedEntities}?asc=${own}&pageSize=500`)
      assert.equal(headers[0]?.name, own)
      const ids = rows.map(([id]) => String(id))
      assert.deepEqual(ids, ids.toSorted())
      assert.match((await ask(server, `${trackedEntities}?asc=${other}`)).text, /E7224/)
      assert.match((await ask(server, `${events}?asc=psi`)).text, /E7224/)
    }
    const wished = await started(t, { manners: { refusesOrders: false } })
    assert.equal((await ask(wished, `${events}?asc=psi`)).status, 200)
  })

  it('makes one span of several periods, and of nothing the last 12 months of events', async (t) => {
    const server = await started(t, many)
    const [three, two, year, usual, all] = await heights(
      server,
      events,
      'dimension=pe:2022;2024',
      'eventDate=2022;2024',
      'dimension=pe:2025',
      '',
      days,
    )
    assert.ok(three! > two!)
    assert.equal(usual, year)
    assert.ok(all! > three!)
    assert.deepEqual(await heights(server, enrollments, ''), [2000])
    const wished = await started(t, { ...many, manners: { joinsPeriods: false, defaultsToLastYear: false } })
    assert.deepEqual(await heights(wished, events, 'dimension=pe:2022;2024', ''), [two, 2000])
  })

  it('lets pe win over windows', async (t) => {
    const window = 'startDate=2024-01-01&endDate=2024-01-31'
    const pe = 'dimension=pe:2024'
    const [both, alone] = await heights(await started(t, many), events, `${pe}&${window}`, pe)
    assert.equal(both, alone)
    const wished = await started(t, { ...many, manners: { periodsWin: false } })
    const [narrow, month] = await heights(wished, events, `${pe}&${window}`, window)
    assert.equal(narrow, month)
  })

  it('narrows a date by pe as a filter, and not startDate and endDate', async (t) => {
    const server = await started(t, many)
    const filter = 'filter=pe:2024'
    const [month, both, year, window] = await heights(
      server,
      events,
      'eventDate=202403',
      `${filter}&eventDate=202403`,
      filter,
      `${filter}&startDate=2024-03-01&endDate=2024-03-31`,
    )
    assert.equal(both, month)
    assert.equal(window, year)
    assert.ok(month! < year!)
  })

  it('knows orders by several columns, and none that are not there', async (t) => {
    const server = await started(t, many)
    const { rows, headers } = await askGrid(
      server,
      `${enrollments}?pageSize=2000&asc=programstatus&desc=enrollmentdate`,
    )
    const at = (name: string) => headers.findIndex((header) => header.name === name)
    const keys = rows.map(
      (row) => [String(row[at('programstatus')]), String(row[at('enrollmentdate')])] as const,
    )
    const sorted = keys.toSorted(([a, b], [c, d]) => (a < c ? -1 : a > c ? 1 : b > d ? -1 : b < d ? 1 : 0))
    assert.deepEqual(keys, sorted)
    const old = await started(t, { version: '2.41' })
    for (const [asked, order] of [
      [server, 'nonsense'],
      [server, 'eventdate,psi'],
      [old, 'created'],
    ] as const) {
      assert.match((await ask(asked, `${events}?asc=${order}`)).text, /E7224/, order)
    }
    assert.equal((await ask(server, `${events}?asc=created`)).status, 200)
  })

  it('has rows at every level', async (t) => {
    const server = await started(t, many)
    const [all, alone] = await heights(
      server,
      enrollments,
      'dimension=ou:LEVEL-2',
      'dimension=ou:LEVEL-2&ouMode=SELECTED',
    )
    assert.ok(alone! > 0 && alone! < all!)
  })

  it('ignores endDate alone, and occurredDate on 2.41', async (t) => {
    const usual = await heights(await started(t, many), events, '', 'endDate=2023-01-01')
    assert.equal(usual[0], usual[1])
    const [read] = await heights(await started(t, many), events, 'occurredDate=2023')
    const [ignored] = await heights(
      await started(t, { ...many, version: '2.41' }),
      events,
      'occurredDate=2023',
    )
    assert.notEqual(read, ignored)
    assert.equal(ignored, usual[0])
  })

  it('forgets the dates of events where org units are of two levels', async (t) => {
    const window = 'startDate=2024-01-01&endDate=2024-01-31'
    const ou = 'dimension=ou:LEVEL-2;LEVEL-3'
    const server = await started(t, many)
    const level = 'dimension=ou:LEVEL-2'
    const [mixed, one, ever] = await heights(
      server,
      events,
      `${ou}&${window}`,
      `${level}&${window}`,
      `${level}&${days}`,
    )
    assert.ok(mixed! > one!)
    assert.equal(mixed, ever)
    const [entered] = await heights(server, enrollments, `${ou}&${window}`)
    assert.ok(entered! < 2000)
    const wished = await started(t, { ...many, manners: { forgetsDates: false } })
    assert.deepEqual(await heights(wished, events, `${ou}&${window}`), [one])
  })

  it('names the last page past the end, and sends empty pages for ever without a largest one', async (t) => {
    const { metaData, rows } = await askGrid(await started(t), `${events}?${days}&page=99`)
    assert.deepEqual([metaData.pager?.page, rows.length], [5, 0])
    const endless = await askGrid(await started(t, { maxPageSize: 0 }), `${events}?${days}&page=3`)
    assert.deepEqual([endless.metaData.pager?.pageSize, endless.height], [0, 0])
  })

  it('freezes periods and org units', async (t) => {
    const server = await started(t, { today: '2024-03-15' })
    const frozen = async (query: string) =>
      (await askGrid(server, `/api/analytics.json?skipData=true&includeMetadataDetails=true&${query}`))
        .metaData as unknown as {
        dimensions: Record<string, string[]>
        items: Record<string, { startDate: string; endDate: string }>
      }
    const edges: Record<string, [string, string]> = {
      '20240229': ['2024-02-29', '2024-02-29'],
      '2025W1': ['2024-12-30', '2025-01-05'],
      '2020W53': ['2020-12-28', '2021-01-03'],
      '202402': ['2024-02-01', '2024-02-29'],
      '202401B': ['2024-01-01', '2024-02-29'],
      '2024Q1': ['2024-01-01', '2024-03-31'],
      '2024S1': ['2024-01-01', '2024-06-30'],
      '2024': ['2024-01-01', '2024-12-31'],
      '2024April': ['2024-04-01', '2025-03-31'],
      '2024July': ['2024-07-01', '2025-06-30'],
      '2024Oct': ['2024-10-01', '2025-09-30'],
    }
    const { items } = await frozen(`dimension=pe:${Object.keys(edges).join(';')}`)
    for (const [id, [from, to]] of Object.entries(edges)) {
      assert.deepEqual([items[id]?.startDate.slice(0, 10), items[id]?.endDate.slice(0, 10)], [from, to], id)
    }
    const relative: Record<string, [first: string, last: string, count: number]> = {
      LAST_12_MONTHS: ['202303', '202402', 12],
      LAST_3_DAYS: ['20240312', '20240314', 3],
      THIS_YEAR: ['2024', '2024', 1],
      LAST_4_QUARTERS: ['2023Q1', '2023Q4', 4],
      MONTHS_THIS_YEAR: ['202401', '202412', 12],
      LAST_WEEK: ['2024W10', '2024W10', 1],
      LAST_2_SIXMONTHS: ['2023S1', '2023S2', 2],
    }
    for (const [keyword, [first, last, count]] of Object.entries(relative)) {
      const { pe } = (await frozen(`dimension=pe:${keyword}`)).dimensions
      assert.deepEqual([pe?.[0], pe?.at(-1), pe?.length], [first, last, count], keyword)
    }
    for (const wrong of ['2024W53', '2024X99']) {
      assert.equal((await ask(server, `/api/analytics.json?skipData=true&dimension=pe:${wrong}`)).status, 409)
    }
    const { dimensions } = await frozen('dimension=ou:USER_ORGUNIT;LEVEL-2&filter=pe:2024')
    assert.equal(dimensions['ou']?.length, 13)
  })

  it('tells where org units stand', async (t) => {
    const server = await started(t)
    const list = async (query: string) => {
      const { text } = await ask(
        server,
        `/api/organisationUnits.json?paging=false&fields=id,level,path&${query}`,
      )
      return (JSON.parse(text) as { organisationUnits: { id: string; level: number; path: string }[] })
        .organisationUnits
    }
    const districts = await list('filter=parent.id:eq:ImspTQPwCqd')
    assert.equal(districts.length, 13)
    assert.deepEqual(await list('level=2'), districts)
    const [bo] = await list('filter=id:in:[O6uvpzGd5pu,NoSuchUnit1]')
    assert.deepEqual([bo?.level, bo?.path], [2, '/ImspTQPwCqd/O6uvpzGd5pu'])
  })

  it('lists metadata: 50 a page, in the order of its language, with the fields that are asked for', async (t) => {
    const metadata: { things: { id: string; name: string; in?: { id: string; name: string }[] }[] } = {
      things: ['b', 'C', 'a'].map((id) => ({ id, name: id.repeat(2), in: [{ id: 'x', name: 'y' }] })),
    }
    const server = await started(t, { metadata })
    const list = async (query: string) => JSON.parse((await ask(server, `/api/${query}`)).text)
    const first = await list('organisationUnits.json')
    assert.deepEqual(first.organisationUnits[0], { id: 'ImspTQPwCqd', displayName: 'Sierra Leone' })
    assert.equal(first.organisationUnits.length, 50)
    assert.deepEqual(first.pager, {
      page: 1,
      total: 200,
      pageSize: 50,
      nextPage: `${server.url}/api/organisationUnits?page=2&pageSize=50`,
      pageCount: 4,
    })
    const last = await list('organisationUnits.json?page=4')
    assert.deepEqual([last.organisationUnits.length, last.pager.nextPage], [50, undefined])
    assert.deepEqual(await list('things.json?order=id:asc&filter=id:gt:a&fields=id,in[name]&pageSize=9'), {
      pager: { page: 1, total: 2, pageSize: 9, pageCount: 1 },
      things: [
        { id: 'b', in: [{ name: 'y' }] },
        { id: 'C', in: [{ name: 'y' }] },
      ],
    })
    metadata.things.splice(1, 2)
    assert.deepEqual(await list('things.json?paging=false&fields=name'), { things: [{ name: 'bb' }] })
    assert.equal((await ask(server, '/api/nothings.json')).status, 404)
  })
})

describe('the stand-in: misbehaviour', () => {
  const path = `/api/analytics.json?${pivot}`

  it('befalls one request a step, in order, and then no more', async (t) => {
    const server = await started(t)
    server.misbehave({ status: 503 }, { status: 429, headers: { 'Retry-After': '2' } })
    assert.equal((await ask(server, path)).status, 503)
    const limited = await ask(server, path)
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('retry-after'), '2')
    assert.equal((await ask(server, path)).status, 200)
  })

  it('befalls only the requests it is meant for, as often as it is meant to', async (t) => {
    const server = await started(t)
    server.misbehave({ status: 500, times: 2, when: ({ query }) => query.has('bad') })
    const statuses: number[] = []
    for (const suffix of ['&bad=1', '', '&bad=1', '&bad=1']) {
      statuses.push((await ask(server, path + suffix)).status)
    }
    assert.deepEqual(statuses, [500, 200, 500, 200])
  })

  it('sends a body instead of the data, a page for a proxy’s error, and elsewhere', async (t) => {
    const server = await started(t)
    server.misbehave(
      { body: '{"rows":[' },
      { status: 502, body: '<html>Bad gateway</html>' },
      { redirect: '/dhis-web-login/' },
    )
    const verbatim = await ask(server, path)
    assert.deepEqual([verbatim.status, verbatim.text], [200, '{"rows":['])
    assert.equal(verbatim.headers.get('content-type'), 'application/json')
    const page = await ask(server, path)
    assert.equal(page.status, 502)
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    const moved = await ask(server, path)
    assert.deepEqual([moved.status, moved.headers.get('location')], [302, '/dhis-web-login/'])
  })

  it('cuts a body short of its Content-Length', async (t) => {
    const server = await started(t, { rows: 100_000 })
    server.misbehave({ truncateAfter: 1_234_567 })
    const response = await opened(server, path)
    assert.ok(Number(response.headers['content-length']) > 4_000_000)
    assert.equal(await bytesUntilCut(response), 1_234_567)
    assert.equal(server.requests[0]!.bytesSent, 1_234_567)
    assert.ok(server.requests[0]!.aborted)
  })

  it('cuts a chunked body', async (t) => {
    const server = await started(t)
    server.misbehave({ truncateChunked: 500 })
    const response = await opened(server, path)
    assert.equal(response.headers['content-length'], undefined)
    assert.equal(response.headers['transfer-encoding'], 'chunked')
    assert.equal(await bytesUntilCut(response), 500)
  })

  it('cuts a compressed body', async (t) => {
    const server = await started(t, { rows: 100_000, compress: 'gzip' })
    server.misbehave({ truncateAfter: 1000 })
    assert.equal(await bytesUntilCut(await opened(server, path, { 'accept-encoding': 'gzip' })), 1000)
  })

  it('hangs up before it says anything', async (t) => {
    const server = await started(t)
    server.misbehave({ destroyBeforeHeaders: true })
    await assert.rejects(ask(server, path))
    assert.ok(server.requests[0]!.aborted)
  })

  it('waits before it answers', async (t) => {
    const server = await started(t)
    server.misbehave({ delayMs: 80 })
    const before = performance.now()
    await ask(server, path)
    assert.ok(performance.now() - before >= 75)
  })

  it('falls silent in the middle of a body until it is closed', async (t) => {
    const server = await started(t, { rows: 10_000 })
    server.misbehave({ stallAfter: 1000 })
    const response = await opened(server, path)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    const failed = assert.rejects(once(response, 'end'), /aborted/)
    while (bytes < 1000) await sleep(5)
    await sleep(50)
    assert.equal(server.requests[0]!.aborted, false)
    await server.close()
    await failed
    assert.equal(bytes, 1000)
  })

  it('sends no faster than it is told to', async (t) => {
    const server = await started(t)
    server.misbehave({ bytesPerSecond: 100_000, body: 'x'.repeat(20_000) })
    const before = performance.now()
    assert.equal((await ask(server, path)).text.length, 20_000)
    assert.ok(performance.now() - before >= 140)
  })
})

describe('the stand-in: connections', () => {
  const path = `/api/analytics.json?${pivot}`

  it('makes no more of a gigabyte than the client reads', async (t) => {
    const server = await started(t, { rows: 25_000_000 })
    const response = await opened(server, path)
    assert.ok(Number(response.headers['content-length']) > 1_000_000_000)
    let before = -1
    while (server.requests[0]!.bytesSent !== before) {
      before = server.requests[0]!.bytesSent
      await sleep(50)
    }
    assert.ok(before > 0 && before < 50_000_000, `${before} bytes sent to a client that reads none`)
    response.destroy()
    while (server.openSockets > 0) await sleep(5)
    assert.ok(server.requests[0]!.aborted)
    assert.ok(server.requests[0]!.bytesSent < 50_000_000)
  })

  it('records what it was asked', async (t) => {
    const server = await started(t, { contextPath: '/dhis' })
    await ask(server, '/api/42/system/info?a=1&a=%C3%A9', { 'user-agent': 'spec' })
    const [request] = server.requests
    assert.equal(request?.method, 'GET')
    assert.equal(request?.url, '/dhis/api/42/system/info?a=1&a=%C3%A9')
    assert.equal(request?.path, '/dhis/api/42/system/info')
    assert.deepEqual(request?.query.getAll('a'), ['1', 'é'])
    assert.equal(request?.headers['user-agent'], 'spec')
    assert.equal(request?.aborted, false)
  })

  it('takes a URL of any length', async (t) => {
    const server = await started(t)
    assert.equal((await ask(server, `${path};${'x'.repeat(100_000)}`)).status, 200)
  })

  it('counts its open sockets, and releases them when it closes', async (t) => {
    const server = await started(t)
    const { port } = new URL(server.url)
    const sockets = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')]
    while (server.openSockets < 2) await sleep(5)
    await server.close()
    await Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket.resume(), 'close'))))
    assert.equal(server.openSockets, 0)
    assert.equal(server.peakOpenSockets, 2)
    await server.close()
  })
})
