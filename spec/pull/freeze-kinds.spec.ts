import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AnalyticsQuery, basicAuth, Dhis2Client, QueryError } from '../../lib/index.ts'
import { countryOf, type StandIn, startDhis2 } from '../../lib/testing/index.ts'

const country = countryOf({
  seed: 6,
  orgUnits: 4500,
  levels: 4,
  dataElements: 500,
  now: '2025-03-10T08:00:00.000',
})
const { program } = country
const [root] = country.orgUnits as [(typeof country.orgUnits)[0]]
const ofLevel = (level: number) => country.orgUnits.filter((unit) => unit.level === level).map(({ id }) => id)
const monthly = country.dataElements.find(({ dataSet }) => dataSet.periodType === 'Monthly')!.id
const weekly = country.dataElements.find(({ dataSet }) => dataSet.periodType === 'Weekly')!.id
const events = `/api/analytics/events/aggregate/${program.id}.json`
const enrollments = `/api/analytics/enrollments/aggregate/${program.id}.json`
const people = `/api/analytics/trackedEntities/query/${program.entityType}.json`
const rawData = '/api/analytics/rawData.json'

let server: StandIn
let client: Dhis2Client
before(async () => {
  server = await startDhis2({ country })
  client = new Dhis2Client({ baseUrl: server.url, auth: basicAuth('admin', 'district') })
})
after(async () => {
  await client.close()
  await server[Symbol.asyncDispose]()
})

const frozen = async (query: AnalyticsQuery) => (await client.analytics.plan(query)).plan.question

function refuses(query: AnalyticsQuery, message: RegExp): Promise<void> {
  return assert.rejects(client.analytics.plan(query), (error) => {
    assert.ok(error instanceof QueryError, String(error))
    assert.match(error.message, message)
    return true
  })
}

describe('freezing', () => {
  it('takes more data items and org units than a URL has room for', async () => {
    const dx = country.dataElements.map(({ id }) => id)
    const { data, orgUnits } = await frozen({ dx, pe: '2024', ou: 'LEVEL-4' })
    assert.deepEqual(
      data!.map(({ id }) => id),
      dx,
    )
    assert.equal(orgUnits!.paths.length, ofLevel(4).length)
    assert.ok(orgUnits!.paths.length > 3000)
    assert.ok(server.requests.filter(({ url }) => url.includes('organisationUnits')).length < 3)
  })

  it('keeps a filter of many org units as a level and its roots, and refuses others', async () => {
    const question = await frozen({ dx: monthly, pe: '2024', filter: { ou: ['LEVEL-4', root.id] } })
    assert.deepEqual(question.shared, [['filter', `ou:LEVEL-4;${root.id}`]])
    await refuses(
      { dx: monthly, pe: '2024', filter: { ou: ofLevel(4).slice(0, 300) } },
      /too many to be said in every request/,
    )
  })

  it('refuses a filter of org units of several levels where events are read', async () => {
    const ou = [root.id, ofLevel(2)[0]!]
    const pe = '2024'
    await refuses({ endpoint: events, pe, filter: { ou } }, /several levels/)
    await refuses({ endpoint: enrollments, pe, filter: { ou } }, /several levels/)
    await refuses({ dx: program.indicators[0]!.id, pe, filter: { ou } }, /several levels/)
    await refuses({ dx: `${program.id}.${program.weight}`, pe, filter: { ou } }, /several levels/)
    assert.equal((await frozen({ dx: monthly, pe, filter: { ou } })).shared.length, 1)
    assert.equal((await frozen({ endpoint: events, pe, filter: { ou: ou[0]! } })).shared.length, 1)
  })

  it('knows what raw data is collected for, and refuses gaps and what is no data element', async () => {
    const ou = ofLevel(3).slice(0, 2)
    const { dataPeriodTypes, orgUnits } = await frozen({
      endpoint: rawData,
      dx: [monthly, weekly],
      pe: ['202401', '202402'],
      ou: [root.id, ...ou],
    })
    assert.deepEqual(dataPeriodTypes, ['Monthly', 'Weekly'])
    assert.deepEqual(orgUnits!.paths, [`/${root.id}`])
    await refuses({ endpoint: rawData, dx: monthly, pe: ['202401', '202403'], ou }, /have gaps/)
    await refuses({ endpoint: rawData, dx: country.indicators[0]!.id, pe: '2024', ou }, /is none/)
  })

  it('counts rows of events where only periods and org units are asked for', async () => {
    const counted = await frozen({ endpoint: events, pe: 'LAST_3_MONTHS', ou: root.id })
    assert.equal(counted.rowsEach, 1)
    assert.equal(counted.periods!.length, 3)
    assert.equal(
      (await frozen({ endpoint: events, pe: '2024', ou: root.id, dimension: [program.outcome] })).rowsEach,
      undefined,
    )
  })

  it('has ids and windows in the dates of events that are not cut by them', async () => {
    const { shared } = await frozen({
      endpoint: events,
      ou: root.id,
      params: { eventDate: 'LAST_2_SIXMONTHS;2024-01-01_2024-02-03' },
    })
    assert.deepEqual(shared, [['eventDate', '2024-01-01_2024-02-03;2024S1;2024S2']])
    const window = await frozen({
      endpoint: events,
      ou: root.id,
      params: { eventDate: '2024-01-01_2024-02-03' },
    })
    assert.deepEqual(window.shared, [['eventDate', '2024-01-01_2024-02-03']])
  })

  it('cuts tracked entities by the days they were created on, where those are said', async () => {
    const { days, shared } = await frozen({
      endpoint: people,
      ou: root.id,
      params: { created: '2024Q1;2024-04-01_2024-05-03', lastUpdated: 'LAST_MONTH' },
    })
    assert.deepEqual(days, {
      by: 'created',
      column: 'created',
      spans: [{ from: '2024-01-01', to: '2024-05-03' }],
    })
    assert.deepEqual(shared, [['lastUpdated', '202502']])
    assert.equal((await frozen({ endpoint: people, ou: root.id })).days, undefined)
  })

  it('leaves org units below others out of lists, and refuses what overlaps otherwise', async () => {
    const list = `/api/analytics/events/query/${program.id}.json`
    const ou = [root.id, ...ofLevel(2)]
    const pull = await client.analytics.plan({ endpoint: list, pe: '2024', ou })
    assert.deepEqual(pull.plan.question.orgUnits, { paths: [`/${root.id}`] })
    assert.match(pull.describe(), /lie below others, whose rows have theirs; they are left out/)
    const selected = await frozen({ endpoint: list, pe: '2024', ou, params: { ouMode: 'SELECTED' } })
    assert.equal(selected.orgUnits!.paths.length, ou.length)
    await refuses(
      { endpoint: list, pe: '2024', ou, params: { ouMode: 'CHILDREN' } },
      /overlap under ouMode=CHILDREN/,
    )
    const usual = await frozen({ endpoint: list, ou: root.id })
    assert.deepEqual(usual.days!.spans, [{ from: '2024-03-01', to: '2025-02-28' }])
  })
})

describe('freezing on a server of other metadata', () => {
  const element = { id: 'lastElement', name: 'Stock', aggregationType: 'LAST', valueType: 'NUMBER' }

  it('refuses the value of events that is the last by itself', async () => {
    await using other = await startDhis2({ metadata: { dataElements: [element] } })
    await using asking = new Dhis2Client({
      baseUrl: other.url,
      auth: basicAuth('admin', 'district'),
      retry: false,
    })
    const query = { endpoint: events, pe: '2024', ou: 'ImspTQPwCqd', params: { value: element.id } }
    await assert.rejects(asking.analytics.plan(query), /by LAST or FIRST can't be had/)
    await asking.analytics.plan({ ...query, params: { value: 'otherElemen' } })
  })

  it('has further dimensions, with their items checked and those of others counted', async () => {
    await using other = await startDhis2()
    await using asking = new Dhis2Client({
      baseUrl: other.url,
      auth: basicAuth('admin', 'district'),
      retry: false,
    })
    const base = { dx: 'fbfJHSPpUQD', pe: '2024', ou: 'ImspTQPwCqd' }
    const { plan } = await asking.analytics.plan({
      ...base,
      dimension: { J5jldMd8OHv: ['uYxK4wmcPqA', 'EYbopBOJWsW'] },
    })
    assert.deepEqual(plan.question.others, [{ name: 'J5jldMd8OHv', items: ['uYxK4wmcPqA', 'EYbopBOJWsW'] }])
  })
})
