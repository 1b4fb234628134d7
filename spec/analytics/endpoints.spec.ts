import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import {
  type AnalyticsQuery,
  type CallOptions,
  Dhis2Client,
  QueryError,
  type RowStream,
  UnexpectedContentError,
  where,
} from '../../lib/index.ts'
import { targetOf } from '../../lib/query/query.ts'
import { connected } from '../support/connected.ts'
import { emptyDirectory } from '../support/run-script.ts'

const program = 'IpHINAT79UW'
const { analytics } = new Dhis2Client({ baseUrl: 'http://localhost' })
const sent = (query: AnalyticsQuery) => {
  const { endpoint, search } = targetOf(query)
  return [endpoint, ...search.split('&').filter(Boolean).map(decodeURIComponent)]
}

describe('helpers of endpoints', () => {
  const cases: [title: string, query: AnalyticsQuery, expected: string[]][] = [
    ['events', analytics.events.query(program), ['/api/analytics/events/query/IpHINAT79UW.json']],
    [
      'events with all that can be said of them',
      analytics.events.query(program, {
        ou: ['USER_ORGUNIT', 'LEVEL-3'],
        dimension: [where('qrur9Dvnyt5', { GT: 5 })],
        filter: { pe: 'LAST_12_MONTHS' },
        stage: 'A03MvHHogjR',
        startDate: '2024-01-01',
        eventStatus: ['ACTIVE', 'COMPLETED'],
        programStatus: 'ACTIVE',
        outputType: 'EVENT',
        headers: ['psi', 'eventdate'],
        coordinatesOnly: true,
        asc: 'eventdate',
        skipMeta: false,
        endDate: undefined,
        params: { timeField: 'LAST_UPDATED', clusterSize: 10 },
      }),
      [
        '/api/analytics/events/query/IpHINAT79UW.json',
        'dimension=ou:USER_ORGUNIT;LEVEL-3',
        'dimension=qrur9Dvnyt5:GT:5',
        'filter=pe:LAST_12_MONTHS',
        'asc=eventdate',
        'clusterSize=10',
        'coordinatesOnly=true',
        'eventStatus=ACTIVE',
        'eventStatus=COMPLETED',
        'headers=psi',
        'headers=eventdate',
        'outputType=EVENT',
        'programStatus=ACTIVE',
        'skipMeta=false',
        'stage=A03MvHHogjR',
        'startDate=2024-01-01',
        'timeField=LAST_UPDATED',
      ],
    ],
    [
      'numbers of events',
      analytics.events.aggregate(program, {
        pe: '2024',
        value: 'qrur9Dvnyt5',
        aggregationType: 'AVERAGE',
        limit: 3,
        format: 'csv',
      }),
      [
        '/api/analytics/events/aggregate/IpHINAT79UW.csv',
        'dimension=pe:2024',
        'aggregationType=AVERAGE',
        'limit=3',
        'value=qrur9Dvnyt5',
      ],
    ],
    [
      'enrollments',
      analytics.enrollments.query(program, { ou: 'a', lastUpdated: 'THIS_YEAR', ouMode: 'SELECTED' }),
      [
        '/api/analytics/enrollments/query/IpHINAT79UW.json',
        'dimension=ou:a',
        'lastUpdated=THIS_YEAR',
        'ouMode=SELECTED',
      ],
    ],
    [
      'numbers of enrollments',
      analytics.enrollments.aggregate(program, { ou: 'a', sortOrder: 'DESC' }),
      ['/api/analytics/enrollments/aggregate/IpHINAT79UW.json', 'dimension=ou:a', 'sortOrder=DESC'],
    ],
    [
      'tracked entities',
      analytics.trackedEntities.query('nEenWmSyUEp', {
        program: [program],
        created: 'THIS_YEAR',
        desc: 'created',
      }),
      [
        '/api/analytics/trackedEntities/query/nEenWmSyUEp.json',
        'created=THIS_YEAR',
        'desc=created',
        'program=IpHINAT79UW',
      ],
    ],
    [
      'outliers, whose dx and ou are no dimensions',
      analytics.outlierDetection({
        dx: ['a', 'b'],
        ou: 'LEVEL-3',
        algorithm: 'MODIFIED_Z_SCORE',
        threshold: 2.5,
      }),
      [
        '/api/analytics/outlierDetection.json',
        'algorithm=MODIFIED_Z_SCORE',
        'dx=a',
        'dx=b',
        'ou=LEVEL-3',
        'threshold=2.5',
      ],
    ],
    [
      'raw data',
      analytics.rawData({ dx: 'a', ou: 'b', startDate: '2024-01-01', endDate: '2024-12-31' }),
      [
        '/api/analytics/rawData.json',
        'dimension=dx:a',
        'dimension=ou:b',
        'endDate=2024-12-31',
        'startDate=2024-01-01',
      ],
    ],
    [
      'a data value set',
      analytics.dataValueSet({ dx: 'a', pe: 'LAST_YEAR', ou: ['b'], format: 'xml', inputIdScheme: 'CODE' }),
      [
        '/api/analytics/dataValueSet.xml',
        'dimension=dx:a',
        'dimension=pe:LAST_YEAR',
        'dimension=ou:b',
        'inputIdScheme=CODE',
      ],
    ],
    [
      'params as pairs, behind the endpoint’s own',
      analytics.rawData({
        dx: 'a',
        skipMeta: true,
        params: [
          ['x', 1],
          ['x', 2],
        ],
      }),
      ['/api/analytics/rawData.json', 'dimension=dx:a', 'skipMeta=true', 'x=1', 'x=2'],
    ],
    [
      'a query changed, as any other',
      { ...analytics.events.query(program, { stage: 'a' }), filter: { ou: 'b' } },
      ['/api/analytics/events/query/IpHINAT79UW.json', 'filter=ou:b', 'stage=a'],
    ],
  ]
  for (const [title, query, expected] of cases) {
    it(`make a query for ${title}`, () => {
      const [endpoint, ...parameters] = sent(query)
      const byName = (a: string, b: string) => a.split('=', 1)[0]!.localeCompare(b.split('=', 1)[0]!)
      const isOwn = (parameter: string) => !/^(dimension|filter)=/.test(parameter)
      const sorted = [...parameters.filter((each) => !isOwn(each)), ...parameters.filter(isOwn).sort(byName)]
      assert.deepEqual([endpoint, ...sorted], expected)
    })
  }

  const bad: [title: string, make: () => unknown, message: RegExp][] = [
    ['a program that climbs out of the path', () => analytics.events.query('../../users'), /is not an id/],
    ['one that does so encoded', () => analytics.events.query('..%2f..%2fusers'), /is not an id/],
    ['one with a query', () => analytics.enrollments.query('a?b=c'), /is not an id/],
    ['no program', () => analytics.events.aggregate(undefined as never), /events\.aggregate: .*is not an id/],
    ['an empty type', () => analytics.trackedEntities.query(''), /trackedEntities\.query: "" is not an id/],
    [
      'a parameter of another endpoint',
      () => analytics.enrollments.query('a', { created: 'x' } as never),
      /unknown created; other parameters go into params/,
    ],
    [
      'a value that there is not',
      () => analytics.events.query('a', { eventStatus: 'COMPLETE' } as never),
      /eventStatus: must be one of ACTIVE, COMPLETED, /,
    ],
    [
      'a value that there is not, in a list',
      () => analytics.events.query('a', { programStatus: ['ACTIVE', 'ENDED'] } as never),
      /programStatus: must be one of ACTIVE, COMPLETED, /,
    ],
    [
      'a flag that is text',
      () => analytics.events.query('a', { skipMeta: 'yes' } as never),
      /skipMeta: must be true or false/,
    ],
    ['an empty list', () => analytics.events.query('a', { headers: [] }), /headers/],
    [
      'a format that the endpoint has not',
      () => analytics.rawData({ format: 'xlsx' } as never),
      /format: must be one of json, csv/,
    ],
    ['params as text', () => analytics.rawData({ params: 'a=b' } as never), /params/],
    ['a question that is text', () => analytics.rawData('a' as never), /must be an object of parameters/],
    [
      'no question where one is needed',
      () => analytics.outlierDetection(undefined as never),
      /must be an object/,
    ],
    [
      'a data value set without a period',
      () => analytics.dataValueSet({ dx: 'a', ou: 'b' } as never),
      /needs pe too/,
    ],
    ['half an outlier', () => analytics.outlierDetection({ maxResults: 0.5 }), /maxResults/],
  ]
  for (const [title, make, message] of bad) {
    it(`refuse ${title}`, () => {
      assert.throws(make, (error: Error) => error instanceof QueryError && message.test(error.message))
    })
  }

  it('leave a wrong part of the query to the query', () => {
    assert.throws(() => analytics.events.query('a', { ou: '' }).rows(), /Query: ou: must not be empty/)
  })

  it('show as the query they are', () => {
    const shown = inspect(analytics.events.query('a', { stage: 'b' }))
    assert.match(
      shown,
      /^GridQuery \{\n? +endpoint: '\/api\/analytics\/events\/query\/a\.json',\n? +params: \[/,
    )
    assert.deepEqual(JSON.parse(JSON.stringify(analytics.events.query('a'))), {
      endpoint: '/api/analytics/events/query/a.json',
      params: [],
    })
  })
})

describe('a query of an endpoint', () => {
  it('is asked by itself as by the client', async (t) => {
    const { client } = await connected(t, { eventRows: 120, maxPageSize: 50 })
    const query = client.analytics.events.query(program, { ou: 'LEVEL-2', paging: { pageSize: 100 } })
    const rows = await query.rows().toArray()
    assert.equal(rows.length, 25)
    const ids = (some: unknown[][]) => some.map(([id]) => id).toSorted()
    assert.deepEqual(ids(await client.analytics.rows(query).toArray()), ids(rows))
    assert.deepEqual(ids((await query.aggregate()).rows), ids(rows))
    assert.throws(() => query.stream(), /paging is for rows\(\) and aggregate\(\)/)
  })

  it('goes to a file in any format', async (t) => {
    const { client } = await connected(t, { eventRows: 5 })
    const path = join(await emptyDirectory(t), 'counts.csv')
    const query = client.analytics.events.aggregate(program, { pe: '2024', format: 'csv' })
    await query.streamTo(path, { chunkSize: 10 })
    assert.equal(await readFile(path, 'utf8'), await text(query.stream()))
  })

  it('gives outliers', async (t) => {
    const { server, client } = await connected(t)
    const grid = await client.analytics
      .outlierDetection({ dx: 'a', pe: 'LAST_YEAR', maxResults: 7 })
      .aggregate()
    assert.equal(grid.height, 7)
    assert.equal(server.requests[0]!.query.get('pe'), 'LAST_YEAR')
  })

  it('gives raw data', async (t) => {
    const { client } = await connected(t, { rows: 30 })
    assert.equal((await client.analytics.rawData({ dx: 'a' }).rows().toArray()).length, 30)
  })
})

describe('dataValues', () => {
  const question = { dx: 'a', pe: '2024', ou: 'b' }

  it('gives the values of a data value set, one object each', async (t) => {
    const { server, client } = await connected(t, { rows: 40 })
    const values = await client.analytics.dataValues(question).toArray()
    assert.equal(values.length, 40)
    assert.equal(typeof values[0]!.dataElement, 'string')
    assert.equal(server.requests[0]!.path, '/api/analytics/dataValueSet.json')
    assert.deepEqual(await client.analytics.dataValueSet(question).dataValues().toArray(), values)
  })

  it('fails with the server’s own error where a dimension is missing', async (t) => {
    const { client } = await connected(t)
    await assert.rejects(client.analytics.dataValues({ dx: 'a', pe: '2024' }).toArray(), {
      errorCode: 'E7119',
    })
  })

  it('fails for an endpoint of grids, and names the request', async (t) => {
    const { client } = await connected(t)
    const values = client.analytics.dataValues({ ...question, endpoint: '/api/analytics.json' })
    await assert.rejects(
      values.toArray(),
      (error: Error) =>
        error instanceof UnexpectedContentError && error.message.includes('/api/analytics.json'),
    )
  })

  it('refuses paging, and other options', async (t) => {
    const { client } = await connected(t)
    assert.throws(() => client.analytics.dataValues(question, { strict: true } as never), QueryError)
    assert.throws(() => client.analytics.dataValues({ ...question, paging: {} }), QueryError)
  })
})

describe('the types of endpoints', () => {
  it('know each endpoint’s own parameters', () => {
    const query = analytics.events.query('a', { outputType: 'ENROLLMENT' })
    // A GridQuery is an AnalyticsQuery.
    const plain: AnalyticsQuery = query
    const rows: (options?: CallOptions) => RowStream = query.rows
    assert.equal(typeof rows, 'function')
    assert.ok(plain.endpoint)
    // @ts-expect-error no such output
    assert.throws(() => analytics.events.query('a', { outputType: 'PERSON' }), QueryError)
    // @ts-expect-error a parameter of tracked entities
    assert.throws(() => analytics.events.query('a', { created: 'TODAY' }), QueryError)
    // @ts-expect-error there are no pages to count
    assert.throws(() => analytics.events.aggregate('a', { paging: {} }), QueryError)
    // @ts-expect-error ou is missing
    assert.throws(() => analytics.dataValueSet({ dx: 'a', pe: '2024' }), QueryError)
    // @ts-expect-error a data value set has no rows
    assert.equal(analytics.dataValueSet({ dx: 'a', pe: '2024', ou: 'b' }).rows, undefined)
    // @ts-expect-error tracked entities have no aggregate
    assert.equal(analytics.trackedEntities.aggregate, undefined)
    // @ts-expect-error one period
    assert.throws(() => analytics.outlierDetection({ dx: 'a', pe: ['2023', '2024'] }), QueryError)
    // @ts-expect-error tracked entities have no row context
    assert.throws(() => analytics.trackedEntities.query('a', { rowContext: true }), QueryError)
    // @ts-expect-error a program is needed
    assert.throws(() => analytics.enrollments.query(), QueryError)
  })
})
