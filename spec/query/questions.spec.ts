import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AnalyticsQuery, level, QueryError, TruncatedResponseError, where } from '../../lib/index.ts'
import { targetOf } from '../../lib/query/query.ts'
import { connected } from '../support/connected.ts'
import { warningsOf } from '../support/leaks.ts'

const sent = (query: AnalyticsQuery) => targetOf(query).pairs.map((pair) => pair.join('='))
const refuses = (query: AnalyticsQuery, message: RegExp) =>
  assert.throws(
    () => targetOf(query),
    (error: Error) => error instanceof QueryError && message.test(error.message),
  )
const events = '/api/analytics/events/query/IpHINAT79UW.json'
const enrollments = '/api/analytics/enrollments/query/IpHINAT79UW.json'
const trackedEntities = '/api/analytics/trackedEntities/query/nEenWmSyUEp.json'

describe('a question is sent as the server reads it', () => {
  const cases: [title: string, query: AnalyticsQuery, pairs: string[]][] = [
    ['lines of a CRLF file', { dx: ['a\r', ' b', 'c\n'] }, ['dimension=dx:a;b;c']],
    ['items with white space around ;', { ou: 'a ; b;\tc\u00a0' }, ['dimension=ou:a;b;c']],
    ['a byte order mark', { dx: '\uFEFFa' }, ['dimension=dx:a']],
    ['marks that nobody sees', { dx: ['\u200Ba', 'b\u200E', '\u0000c'] }, ['dimension=dx:a;b;c']],
    ['nothing between two ;', { ou: 'a;;b;', dimension: ['co\r'] }, ['dimension=ou:a;b', 'dimension=co']],
    [
      'values of a condition from a CRLF file',
      { endpoint: events, dimension: [where('x', { IN: ['a\r', ' b', 'c'] })], filter: ['y:EQ: d\r:NE:e'] },
      ['dimension=x:IN:a;b;c', 'filter=y:EQ:d:NE:e'],
    ],
    [
      'spaces around a text that is looked for inside',
      { endpoint: events, filter: [where('x', { ILIKE: ' k ' })] },
      ['filter=x:ILIKE: k '],
    ],
    ['a total beside itself', { dx: ['fbfJHSPpUQD', 'fbfJHSPpUQD.*'] }, ['dimension=dx:fbfJHSPpUQD']],
    [
      'lists in parameters',
      {
        endpoint: events,
        params: { headers: 'a; b,a', asc: ['c\r', 'd'], programStatus: 'ACTIVE;COMPLETED' },
      },
      ['headers=a', 'headers=b', 'asc=c', 'asc=d', 'programStatus=ACTIVE', 'programStatus=COMPLETED'],
    ],
    [
      'several periods by a date',
      { endpoint: events, params: { enrollmentDate: ['2023\r', ' 2025'] } },
      ['enrollmentDate=2023;2025'],
    ],
    ['white space around a value', { endpoint: events, params: { stage: 'a\r' } }, ['stage=a']],
    [
      'a value that is there twice the same',
      { dx: 'a', params: { skipMeta: [true, true] } },
      ['dimension=dx:a', 'skipMeta=true'],
    ],
    [
      'ids of outliers',
      { endpoint: '/api/analytics/outlierDetection.json', params: { dx: 'a;b', ou: ['c', 'd,c'] } },
      ['dx=a', 'dx=b', 'ou=c', 'ou=d'],
    ],
    [
      'ids of org unit analytics, which are one text',
      { endpoint: '/api/orgUnitAnalytics.json', params: { ou: ['a', 'b'], ougs: 'c; d' } },
      ['ou=a;b', 'ougs=c;d'],
    ],
    [
      'a filter of another part of the API',
      { endpoint: '/api/dataElements.json', params: { filter: 'id:in:[a,b]', skipmeta: 1 } },
      ['filter=id:in:[a,b]', 'skipmeta=1'],
    ],
    [
      'a level below two org units',
      { ou: [level(3, 'aaaaaaaaaaa'), level(3, 'bbbbbbbbbbb')] },
      ['dimension=ou:LEVEL-3;aaaaaaaaaaa;bbbbbbbbbbb'],
    ],
    [
      'two levels below an org unit',
      { ou: ['aaaaaaaaaaa', level(3, 'aaaaaaaaaaa'), level(4, 'aaaaaaaaaaa')] },
      ['dimension=ou:aaaaaaaaaaa;LEVEL-3;LEVEL-4'],
    ],
    [
      'items that come twice',
      { dx: ['a', 'b', 'a'], pe: '2024;2024' },
      ['dimension=dx:a;b', 'dimension=pe:2024'],
    ],
    ['a whole dimension as text', { dimension: ['ou: a; b ', 'co'] }, ['dimension=ou:a;b', 'dimension=co']],
    [
      'dimensions in another order',
      { params: { dimension: ['ou:x', 'pe:2024', 'co', 'dx:a'] } },
      ['dimension=dx:a', 'dimension=pe:2024', 'dimension=ou:x', 'dimension=co'],
    ],
    [
      'a value with spaces and a comma in a condition',
      { dimension: ['x:EQ:a b, c', 'co'] },
      ['dimension=x:EQ:a b, c', 'dimension=co'],
    ],
    [
      'codes with spaces',
      { dx: 'ANC 1', params: { inputIdScheme: 'CODE' } },
      ['dimension=dx:ANC 1', 'inputIdScheme=CODE'],
    ],
    [
      'codes with commas, beside another dimension',
      { dx: 'B, c', pe: '2024', params: { inputIdScheme: 'CODE' } },
      ['dimension=dx:B, c', 'dimension=pe:2024', 'inputIdScheme=CODE'],
    ],
    ['a date that 2.41 ignores', { endpoint: events, params: { occurredDate: '2024' } }, ['eventDate=2024']],
    [
      'the same of enrollments',
      { endpoint: enrollments, params: { occurredDate: '2024' } },
      ['incidentDate=2024'],
    ],
    ['a parameter that nobody knows', { dx: 'a', params: { newThing: 1 } }, ['dimension=dx:a', 'newThing=1']],
  ]
  for (const [title, query, pairs] of cases) it(title, () => assert.deepEqual(sent(query), pairs))
})

describe('a question that the server would read otherwise', () => {
  const cases: [title: string, query: AnalyticsQuery, message: RegExp][] = [
    ['white space inside an item', { dx: 'a b' }, /white space/],
    ['a line break inside an item', { dimension: { x: 'a\nb' } }, /white space/],
    ['nothing but separators', { dx: ' ; ;' }, /dx has no items/],
    ['a comma between items', { dx: 'a,b' }, /comma/],
    [
      'a comma in the only dimension',
      { dimension: ['x:IN:a,b'] },
      /is the only one, and the server cuts it at its comma/,
    ],
    ['a comma in the only filter', { dx: 'a', filter: ['x:EQ:a,b'] }, /filter .* is the only one/],
    ['dimensions in one parameter', { params: { dimension: 'dx:a,pe:2024' } }, /comma/],
    [
      'a dimension that is asked for twice',
      { dx: 'a', params: { dimension: 'dx:b' } },
      /dx is asked for twice/,
    ],
    ['a dimension that is a filter too', { ou: 'a', filter: { ou: 'b' } }, /ou is asked for twice/],
    [
      'a group set that is asked for twice',
      { dimension: ['x:a', 'x:b'] },
      /x is asked for twice \(dimension, dimension\)/,
    ],
    ['one that is a filter too', { dimension: { x: [] }, filter: { x: 'a' } }, /x is asked for twice/],
    ['a comma between items of a group set', { dx: 'a', dimension: { x: 'b,c' } }, /x: "b,c" has a comma/],
    ['white space in a name', { dimension: ['c o:a'] }, /is no name of a dimension/],
    ['a line break in a value', { endpoint: events, filter: ['x:EQ:a\nb', 'co'] }, /line break/],
    ['a condition without a value', { endpoint: events, filter: ['x:EQ: '] }, /x: EQ has no value/],
    ['levels of different boundaries', { ou: [level(3, 'a'), level(4, 'b')] }, /a query of its own/],
    ['an org unit beside a level of another', { ou: [level(3, 'a'), 'b'] }, /a query of its own/],
    ['a level of all beside one with a boundary', { ou: [level(3, 'a'), level(3)] }, /a query of its own/],
    ['who asks beside a boundary', { filter: { ou: ['USER_ORGUNIT', level(3, 'a')] } }, /a query of its own/],
    [
      'operands of two data elements in a filter',
      { pe: '2024', filter: { dx: ['aaaaaaaaaaa.xxxxxxxxxxx', 'bbbbbbbbbbb.yyyyyyyyyyy'] } },
      /adds up all combinations/,
    ],
    [
      'a value that is there twice',
      {
        endpoint: events,
        params: [
          ['startDate', '2024-01-01'],
          ['startDate', '2023-01-01'],
        ],
      },
      /startDate is there twice, as 2024-01-01 and 2023-01-01/,
    ],
    [
      'white space in a column',
      { endpoint: events, params: { headers: 'a b' } },
      /headers: "a b" has white space/,
    ],
    ['a list of nothing', { endpoint: events, params: { asc: ';' } }, /asc is empty/],
    [
      'dimensions of outliers',
      { endpoint: '/api/analytics/outlierDetection.json', dx: 'a' },
      /dx, pe and ou go into params/,
    ],
    [
      'dimensions of org unit analytics',
      { endpoint: '/api/orgUnitAnalytics', ou: 'a' },
      /does not read dimension/,
    ],
    [
      'the row context of tracked entities',
      { endpoint: trackedEntities, params: { rowContext: true } },
      /does not read rowContext/,
    ],
    ['a format in params', { dx: 'a', params: { format: 'csv' } }, /the end of the endpoint says it/],
    ['a name with a space', { dx: 'a', params: { ' skipMeta': true } }, / is skipMeta/],
    ['a level with a boundary in it', { ou: 'LEVEL-3-O6uvpzGd5pu' }, /write \['LEVEL-3', 'O6uvpzGd5pu'\]/],
    ['a name in another case', { dx: 'a', params: { skipmeta: true } }, /skipmeta is skipMeta/],
    ['another case elsewhere', { endpoint: events, params: { PageSize: 5 } }, /PageSize is pageSize/],
    [
      'eventStatus of enrollments',
      { endpoint: enrollments, params: { eventStatus: 'ACTIVE' } },
      /enrollments\/query does not read eventStatus/,
    ],
    ['a stage of enrollments', { endpoint: enrollments, params: { stage: 'a' } }, /does not read stage/],
    [
      'startDate of tracked entities',
      { endpoint: trackedEntities, params: { startDate: '2024-01-01' } },
      /does not read startDate/,
    ],
    ['pages of an aggregate', { dx: 'a', params: { pageSize: 5 } }, /does not read pageSize/],
    [
      'a suffix that nobody knows',
      { endpoint: '/api/analytics.tsv' },
      /has no such format; analytics ends in \.json, \.csv/,
    ],
    ['a suffix with a compression', { endpoint: '/api/analytics.json.gz' }, /has no such format/],
    ['a suffix behind a slash', { endpoint: '/api/analytics.tsv/' }, /has no such format/],
    ['a suffix that is encoded', { endpoint: '/api/analytics%2Etsv' }, /has no such format/],
    ['a path that is encoded', { endpoint: '/api/%61nalytics.tsv' }, /has no such format/],
    ['a suffix with something behind it', { endpoint: '/api/analytics.tsv;a=b' }, /has no such format/],
    ['a suffix in capitals', { endpoint: '/api/analytics.JSON' }, /has no such format/],
    [
      'a suffix that another endpoint has',
      { endpoint: '/api/42/analytics/rawData.xlsx' },
      /rawData ends in \.json, \.csv$/,
    ],
    ['no suffix where one is needed', { endpoint: '/api/analytics/dataValueSet' }, /dataValueSet ends in/],
    ['a suffix of events', { endpoint: events.replace('.json', '.tsv') }, /events\/query ends in/],
  ]
  for (const [title, query, message] of cases) it(title, () => refuses(query, message))

  it('by an endpoint of its own', async (t) => {
    const { client, server } = await connected(t)
    const { analytics } = client
    const isRefusal = (error: Error) => error instanceof QueryError
    assert.throws(() => analytics.enrollments.query('a', { stage: 'b' } as never), isRefusal)
    assert.throws(() => analytics.enrollments.aggregate('a', { value: 'b' } as never), isRefusal)
    assert.throws(() => analytics.trackedEntities.query('a', { pe: '2024' } as never), isRefusal)
    assert.throws(
      () => analytics.trackedEntities.query('a', { programStatus: 'ACTIVE' }),
      /must be like 'IpHINAT79UW\.ACTIVE'/,
    )
    assert.throws(
      () => analytics.events.query('a', { eventStatus: 'COMPLETE' as never }),
      /must be one of ACTIVE, COMPLETED/,
    )
    assert.throws(
      () => analytics.rows({ endpoint: trackedEntities, pe: '2024' }),
      /tracked entities have no periods/,
    )
    const csv = { endpoint: '/api/analytics.csv', dx: 'a' }
    assert.throws(() => analytics.rows(csv), /read from JSON, not from csv/)
    await assert.rejects(analytics.aggregate(csv), /read from JSON/)
    assert.throws(
      () => analytics.rows({ endpoint: events, params: { rowContext: true } }),
      /take aggregate\(\)/,
    )
    assert.equal(server.requests.length, 0)
  })
})

describe('operands of several data elements', () => {
  const [a, b, x, y] = ['aaaaaaaaaaa', 'bbbbbbbbbbb', 'xxxxxxxxxxx', 'yyyyyyyyyyy']
  const body = JSON.stringify({
    headers: [{ name: 'dx' }, { name: 'value' }],
    metaData: {},
    rows: [a, b]
      .flatMap((element) => [x, y].map((option) => [`${element}.${option}`, '1']))
      .concat([[a, '2']]),
    height: 5,
  })
  const cases: [dx: string[], wanted: string[]][] = [
    [
      [`${a}.${x}`, `${b}.${y}`],
      [`${a}.${x}`, `${b}.${y}`, a],
    ],
    [
      [`${a}.${x}`, `${b}.*`],
      [`${a}.${x}`, `${b}.${x}`, `${b}.${y}`, a],
    ],
    [[`${a}.${x}`], [`${a}.${x}`, `${a}.${y}`, `${b}.${x}`, `${b}.${y}`, a]],
    [
      [`${a}.${x}`, `${b}.${x}`],
      [`${a}.${x}`, `${a}.${y}`, `${b}.${x}`, `${b}.${y}`, a],
    ],
    [
      [`${a}.${x}`, `${b}.${y}`, `${b}.${x}`, 'DE_GROUP-ggggggggggg'],
      [`${a}.${x}`, `${b}.${x}`, `${b}.${y}`, a],
    ],
  ]
  for (const [dx, wanted] of cases) {
    it(`come without those that nobody asked for: ${dx.join(', ')}`, async (t) => {
      const { client, server } = await connected(t)
      server.serve('/api/analytics.json', body)
      const query = { dx, pe: '2024', ou: 'a' }
      assert.deepEqual(
        (await client.analytics.rows(query).toArray()).map(([item]) => item),
        wanted,
      )
      const grid = await client.analytics.aggregate(query)
      assert.deepEqual(
        grid.rows.map(([item]) => item),
        wanted,
      )
      assert.equal(grid.height, wanted.length)
    })
  }

  it('of attributes too', async (t) => {
    const { client, server } = await connected(t)
    const cells = [`${a}.${x}.${b}`, `${a}.${x}.${y}`, `${a}.${y}.${b}`, `${a}.${y}.${y}`]
    const rows = cells.map((cell) => [cell, '1'])
    server.serve(
      '/api/analytics.json',
      JSON.stringify({ headers: [{ name: 'dx' }, { name: 'value' }], rows }),
    )
    const grid = await client.analytics.aggregate({ dx: [cells[0]!, cells[3]!] })
    assert.deepEqual(
      grid.rows.map(([cell]) => cell),
      [cells[0], cells[3]],
    )
  })

  it('fail where they come with more or fewer rows than announced, whatever is dropped', async (t) => {
    const { client, server } = await connected(t)
    server.serve('/api/analytics.json', body.replace('"height":5', '"height":3'))
    const query = { dx: [`${a}.${x}`, `${b}.${y}`] }
    await assert.rejects(client.analytics.rows(query).toArray(), TruncatedResponseError)
    await assert.rejects(client.analytics.aggregate(query), TruncatedResponseError)
  })

  for (const [name, value] of [
    ['outputIdScheme', 'NAME'],
    ['outputDataElementIdScheme', 'CODE'],
    ['columns', 'dx'],
  ]) {
    it(`are refused beside ${name}, under which nobody can tell them`, async (t) => {
      const { client, server } = await connected(t)
      const query = { dx: [`${a}.${x}`, `${b}.${y}`], params: { [name!]: value! } }
      assert.throws(() => client.analytics.rows(query), /nobody can tell/)
      await assert.rejects(client.analytics.aggregate(query), /nobody can tell/)
      assert.equal(server.requests.length, 0)
    })
  }
})

describe('an empty answer', () => {
  const empty = JSON.stringify({ headers: [{ name: 'dx' }], metaData: {}, rows: [], height: 0 })
  for (const [title, info, codes] of [
    [
      'warns once where analytics never ran',
      { lastAnalyticsTableSuccess: '1970-01-01T00:00:00.000' },
      ['DHIS2_NO_ANALYTICS'],
    ],
    ['says nothing where they did', { lastAnalyticsTableSuccess: '2026-01-15T01:00:00.000' }, []],
  ] as const) {
    it(title, async (t) => {
      const { client, server } = await connected(t)
      server.serve('/api/analytics.json', empty)
      server.serve('/api/system/info', JSON.stringify({ version: '2.43', ...info }))
      const warnings = await warningsOf(async () => {
        await client.analytics.rows({ dx: 'a' }).toArray()
        await client.analytics.aggregate({ dx: 'a' })
        await sleep(50)
      })
      assert.deepEqual(
        warnings.map((warning) => (warning as { code?: string }).code),
        codes,
      )
      assert.equal(server.requests.filter(({ path }) => path.endsWith('info')).length, 1)
    })
  }

  it('warns before rows() ends, so that a client may be closed right behind it', async (t) => {
    const { client, server } = await connected(t)
    server.serve('/api/analytics.json', empty)
    server.serve('/api/system/info', JSON.stringify({ version: '2.43' }))
    const warnings = await warningsOf(async () => {
      await client.analytics.rows({ dx: 'a' }).toArray()
      await client.close()
    })
    assert.equal(warnings.length, 1)
  })

  it('waits for nobody who is aborted or closed', async (t) => {
    const { client, server } = await connected(t)
    server.serve('/api/analytics.json', empty)
    server.misbehave({ when: ({ path }) => path.endsWith('info'), delayMs: 5_000 })
    const started = Date.now()
    await client.analytics.aggregate({ dx: 'a' }, { signal: AbortSignal.timeout(200) })
    assert.ok(Date.now() - started < 2_000)
  })

  it('believes only a DHIS2 server', async (t) => {
    const { client, server } = await connected(t)
    server.serve('/api/analytics.json', empty)
    server.serve('/api/system/info', '{}')
    const warnings = await warningsOf(() => client.analytics.aggregate({ dx: 'a' }))
    assert.deepEqual(warnings, [])
  })

  it('is an answer where the server does not say', async (t) => {
    const { client, server } = await connected(t)
    server.serve('/api/analytics.json', empty)
    server.misbehave({ when: ({ path }) => path.endsWith('info'), status: 403 })
    assert.equal((await client.analytics.aggregate({ dx: 'a' })).height, 0)
  })
})
