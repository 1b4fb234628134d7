import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AnalyticsQuery, basicAuth, Dhis2Client, QueryError } from '../../lib/index.ts'
import type { FrozenQuestion } from '../../lib/pull/frozen-question.ts'
import { countryOf, type StandIn, startDhis2 } from '../../lib/testing/index.ts'

const country = countryOf({ seed: 5, orgUnits: 40, levels: 4, now: '2025-03-10T08:00:00.000' })
const [sum, , last, , , averageSum] = country.dataElements.map(({ id }) => id) as [
  string,
  string,
  string,
  string,
  string,
  string,
]
const [root] = country.orgUnits
const ofLevel = (level: number) => country.orgUnits.filter((unit) => unit.level === level)
const text = country.dataElements.find(({ valueType }) => valueType === 'TEXT')!.id
const indicator = (name: string) => country.indicators.find((each) => each.name.includes(` ${name} `))!.id

let server: StandIn
let client: Dhis2Client

before(async () => {
  server = await startDhis2({ country })
  client = new Dhis2Client({ baseUrl: server.url, auth: basicAuth('admin', 'district'), retry: false })
})
after(async () => {
  await client.close()
  await server[Symbol.asyncDispose]()
})

const usual = { dx: sum, pe: '2024', ou: root!.id }

async function frozen(query: AnalyticsQuery): Promise<FrozenQuestion> {
  const { plan } = await client.analytics.plan({ ...usual, ...query })
  return plan.question
}

function refuses(query: AnalyticsQuery, message: RegExp): Promise<void> {
  return assert.rejects(client.analytics.plan(query), (error) => {
    assert.ok(error instanceof QueryError, String(error))
    assert.match(error.message, message)
    return true
  })
}

describe('a question that is frozen', () => {
  it('has periods in place of keywords, with their days, counted from the day that was said', async () => {
    const { periods, shared } = await frozen({
      pe: ['LAST_3_MONTHS', '202502', '2024April'],
      relativePeriodDate: '2025-02-15',
    })
    assert.deepEqual(
      periods!.map(({ id }) => id),
      ['202411', '202412', '202501', '202502', '2024April'],
    )
    assert.deepEqual(periods!.at(-1), { id: '2024April', from: '2024-04-01', to: '2025-03-31' })
    assert.deepEqual(shared, [])
  })

  it('has the org units of levels, groups and the user, with their paths, in the order of the tree', async () => {
    const { orgUnits } = await frozen({ ou: 'LEVEL-3' })
    assert.deepEqual(orgUnits, {
      paths: ofLevel(3)
        .map(({ ids }) => `/${ids.join('/')}`)
        .toSorted(),
      level: { number: 3 },
    })
    const district = ofLevel(2)[0]!
    const below = await frozen({ ou: ['LEVEL-4', 'USER_ORGUNIT'], userOrgUnit: district.id })
    assert.deepEqual(below.orgUnits!.level, { number: 4, roots: [district.id] })
    assert.ok(below.orgUnits!.paths.every((path) => path.includes(district.id)))
    assert.deepEqual(below.shared, [])
    const group = await frozen({ ou: [`OU_GROUP-${country.groups.ou[0]}`, root!.id] })
    assert.ok(group.orgUnits!.paths.length > 0)
    assert.equal(group.orgUnits!.level, undefined)
  })

  it('knows of each data item what it is, and takes repeats once', async () => {
    const [group] = country.groups.de
    const { data, notes } = await frozen({ dx: [`DE_GROUP-${group}`, sum, `${sum}.*`] })
    assert.equal(data!.length, 4)
    assert.deepEqual(data![0], { id: sum, kind: 'dataElement', aggregation: 'SUM' })
    assert.ok(
      notes.some((note) => note === 'dx: 1 came twice, and are asked for once'),
      notes.join(),
    )
    const [, combo] = country.dataElements[0]!.optionCombos
    const rate = `${country.dataSets[0]!.id}.REPORTING_RATE`
    const mixed = await frozen({
      dx: [last, text, averageSum, rate, `${sum}.${combo!.id}`, ...country.indicators.map(({ id }) => id)],
    })
    const kinds = new Map(mixed.data!.map(({ id, ...rest }) => [id, rest]))
    assert.deepEqual(kinds.get(last), { kind: 'dataElement', aggregation: 'LAST' })
    assert.deepEqual(kinds.get(text), { kind: 'dataElement', aggregation: 'NONE', isText: true })
    assert.deepEqual(kinds.get(rate), { kind: 'reportingRate' })
    assert.deepEqual(kinds.get(`${sum}.${combo!.id}`), { kind: 'operand', aggregation: 'SUM' })
    assert.deepEqual(kinds.get(indicator('ratio')), { kind: 'indicator' })
    assert.deepEqual(kinds.get(indicator('last')), { kind: 'indicator', hasLast: true })
    assert.deepEqual(kinds.get(indicator('last of a sum')), { kind: 'indicator', hasLast: true })
    assert.deepEqual(kinds.get(indicator('year to date')), { kind: 'indicator', addsYears: true })
    assert.deepEqual(kinds.get(indicator('last one before')), {
      kind: 'indicator',
      hasLast: true,
      addsYears: true,
    })
  })

  it('has the aggregation that the question says', async () => {
    const { data, shared } = await frozen({ dx: [sum, indicator('ratio')], aggregationType: 'LAST' })
    assert.deepEqual(data, [
      { id: sum, kind: 'dataElement', aggregation: 'LAST' },
      { id: indicator('ratio'), kind: 'indicator', hasLast: true },
    ])
    assert.deepEqual(shared, [['aggregationType', 'LAST']])
  })

  it('has ids in its filters, and keeps a level of many org units as one', async () => {
    const { shared, data, filteredData, periods } = await client.analytics
      .plan({ ou: 'LEVEL-2', filter: { dx: `DE_GROUP-${country.groups.de[0]}`, pe: 'LAST_3_MONTHS' } })
      .then(({ plan }) => plan.question)
    assert.equal(data, undefined)
    assert.equal(filteredData!.length, 4)
    assert.equal(periods, undefined)
    assert.deepEqual(shared, [
      ['filter', `dx:${filteredData!.map(({ id }) => id).join(';')}`],
      ['filter', 'pe:202412;202501;202502'],
    ])
    const places = await client.analytics.plan({ dx: sum, pe: '2024', filter: { ou: ['LEVEL-3', root!.id] } })
    assert.deepEqual(places.plan.question.shared, [
      [
        'filter',
        `ou:${ofLevel(3)
          .map(({ ids }) => `/${ids.join('/')}`)
          .toSorted()
          .map((path) => path.slice(-11))
          .join(';')}`,
      ],
    ])
  })

  it('has dimensions with items as axes, and counts what others come to', async () => {
    const combos = country.dataElements[0]!.optionCombos.map(({ id }) => id)
    const some = await frozen({ dimension: { co: combos.slice(0, 2) } })
    assert.deepEqual(some.others, [{ name: 'co', items: combos.slice(0, 2) }])
    assert.equal(some.rowsEach, 1)
    const whole = await frozen({ dimension: ['co'] })
    assert.deepEqual(whole.shared, [['dimension', 'co']])
    assert.equal(whole.rowsEach, combos.length)
  })

  it('is plain JSON, and describes itself', async () => {
    const pull = await client.analytics.plan(
      { ...usual, dx: [sum, last, text], pe: 'LAST_12_MONTHS' },
      { pieceCells: 5 },
    )
    assert.deepEqual(JSON.parse(JSON.stringify(pull)), pull.toJSON())
    const told = pull.describe()
    assert.match(told, /^\/api\/analytics\.json: \d+ pieces, 36 cells at most$/m)
    assert.match(told, /^data elements, LAST: 1 piece, 12 cells \(dx 1 in one, pe 12 in one, ou 1 in one\)$/m)
    assert.match(told, new RegExp(`kept whole, and unstable whatever you do: .*: ${text}$`, 'm'))
    assert.match(told, /pe: LAST_12_MONTHS is 12 periods, 202403 to 202502/)
  })
})

describe('a question', () => {
  it('is refused for what is about the whole answer', async () => {
    const { client: nobody } = { client: new Dhis2Client({ baseUrl: 'http://127.0.0.1:9' }) }
    const asks = (query: AnalyticsQuery) => nobody.analytics.plan({ ...usual, ...query })
    const refused: [AnalyticsQuery, RegExp][] = [
      [{ params: { order: 'DESC' } }, /leave order=DESC out: it is about the answer as a whole/],
      [{ params: { columns: 'dx', rows: 'pe' } }, /leave columns=dx out/],
      [{ params: { hideEmptyRows: true } }, /leave hideEmptyRows=true out/],
      [{ params: { outputIdScheme: 'NAME' } }, /no keys/],
      [{ params: { inputIdScheme: 'CODE' } }, /no keys/],
      [{ skipData: true }, /nothing to pull/],
      [{ endpoint: '/api/analytics.csv' }, /can't be pulled in pieces/],
      [{ endpoint: '/api/analytics/dataValueSet.json' }, /can't be pulled in pieces/],
      [{ ou: 'LEVEL-3-ImspTQPwCqd' }, /the server ignores what follows the level/],
      [{ pe: '202401:LAST_UPDATED' }, /names a date of its own/],
      [{ pe: undefined }, /without pe the server chooses periods/],
      [
        { endpoint: '/api/analytics/events/query/IpHINAT79UW.json', params: { asc: 'eventdate' } },
        /leave asc=eventdate out/,
      ],
      [
        { endpoint: '/api/analytics/events/query/IpHINAT79UW.json', params: { page: 2 } },
        /a pull gives all rows/,
      ],
      [
        { endpoint: '/api/analytics/events/query/IpHINAT79UW.json', paging: { pageSize: 10 } },
        /leave paging out/,
      ],
      [
        { endpoint: '/api/analytics/events/query/IpHINAT79UW.json', params: { rowContext: true } },
        /row context/,
      ],
      [
        {
          endpoint: '/api/analytics/events/aggregate/IpHINAT79UW.json',
          params: { value: 'qrur9Dvnyt5', aggregationType: 'LAST' },
        },
        /by LAST or FIRST can't be had/,
      ],
    ]
    for (const [query, message] of refused) {
      await assert.rejects(
        asks(query),
        (error) => error instanceof QueryError && message.test(error.message),
        String(message),
      )
    }
    await assert.rejects(nobody.analytics.plan(usual, { pieceCells: 0 }), QueryError)
    await nobody.close()
  })

  it('is refused for ids that are not there, which it names', async () => {
    await refuses({ ...usual, dx: [sum, 'NotHere0001'] }, /knows no NotHere0001/)
    await refuses({ ...usual, dx: 'NotHere0001' }, /knows none of NotHere0001/)
    await refuses({ ...usual, ou: [root!.id, 'NotHere0001'] }, /there is no org unit NotHere0001/)
    await refuses({ ...usual, ou: `OU_GROUP-NotHere0001` }, /there is no org unit in OU_GROUP-NotHere0001/)
    await refuses({ ...usual, ou: ['LEVEL-3', root!.id, 'NotHere0001'] }, /there is no org unit NotHere0001/)
  })

  it('is refused where a URL has no room for what must not be cut', async () => {
    const many = country.orgUnits.map(({ id }) => id)
    await assert.rejects(
      client.analytics.plan({ ...usual, dx: text, ou: many }, { urlBytes: 400 }),
      QueryError,
    )
  })

  it('ends with its signal', async () => {
    await assert.rejects(client.analytics.plan(usual, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
  })
})
