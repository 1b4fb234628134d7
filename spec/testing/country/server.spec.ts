import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  type Country,
  type CountryOptions,
  countryOf,
  demoToken,
  startDhis2,
} from '../../../lib/testing/index.ts'

interface Grid {
  headers: { name: string; column: string }[]
  metaData: {
    items: Record<string, object>
    dimensions: Record<string, string[]>
    pager?: Record<string, unknown>
  }
  rows: string[][]
  height: number
  width: number
  headerWidth: number
}

async function served(t: TestContext, options: CountryOptions = {}) {
  const country = countryOf({ seed: 8, orgUnits: 25, levels: 4, ...options })
  const server = await startDhis2({ country, manners: { shufflesTies: false } })
  t.after(() => server.close())
  const ask = async (path: string) => {
    const response = await fetch(server.url + path, { headers: { authorization: `ApiToken ${demoToken}` } })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as Grid }
  }
  return { country, server, ask }
}

const pivot = ({ dataElements, orgUnits }: Country, pe = '2024') =>
  `dimension=dx:${dataElements
    .slice(0, 3)
    .map(({ id }) => id)
    .join(';')}&dimension=pe:${pe}&dimension=ou:LEVEL-2;${orgUnits[0]!.id}`

describe('the server of a country', () => {
  it('answers as the country does, in JSON, CSV, XML and HTML', async (t) => {
    const { country, ask } = await served(t)
    const asked = pivot(country)
    const { json, headers } = await ask(`/api/analytics.json?${asked}`)
    const grid = json()
    const answer = country.analytics(asked)
    assert.ok('rows' in answer)
    assert.deepEqual(grid.rows.toSorted(), [...answer.rows].toSorted())
    assert.deepEqual([grid.height, grid.width, grid.headerWidth], [grid.rows.length, 4, 4])
    // As 2.43 has it: nobody knows the length before the end.
    assert.deepEqual([headers.get('content-length'), headers.get('etag')], [null, null])
    const csv = (await ask(`/api/analytics.csv?${asked}`)).text.trim().split('\n')
    assert.equal(csv[0], 'Data,Period,Organisation unit,Value')
    assert.deepEqual(csv.slice(1).toSorted(), grid.rows.map((row) => row.join()).toSorted())
    const count = (text: string, what: RegExp) => [...text.matchAll(what)].length
    assert.equal(count((await ask(`/api/analytics.xml?${asked}`)).text, /<row>/g), grid.height)
    assert.equal(count((await ask(`/api/analytics.html?${asked}`)).text, /<tr><td>/g), grid.height)
    assert.match((await ask(`/api/analytics.xls?${asked}`)).text, /^PK/)
  })

  it('refuses in JSON with 409, in CSV with 200 and a line of text', async (t) => {
    const { ask } = await served(t)
    const asked = 'dimension=dx:nothing0000&dimension=pe:2024&dimension=ou:LEVEL-1'
    const json = await ask(`/api/analytics.json?${asked}`)
    assert.equal(json.status, 409)
    const body = JSON.parse(json.text) as Record<string, unknown>
    assert.deepEqual([body['errorCode'], body['httpStatusCode'], body['status']], ['E7124', 409, 'ERROR'])
    const csv = await ask(`/api/analytics.csv?${asked}`)
    assert.deepEqual([csv.status, csv.text.slice(0, 7)], [200, 'E7124: '])
  })

  it('has lists of metadata that tell the class of all data', async (t) => {
    const { country, ask } = await served(t)
    const list = async (plural: string, fields: string, more = '') => {
      const { text } = await ask(`/api/${plural}.json?paging=false&fields=${fields}${more}`)
      return (JSON.parse(text) as Record<string, Record<string, unknown>[]>)[plural]!
    }
    const [element] = country.dataElements
    assert.deepEqual(
      await list(
        'dataElements',
        'id,aggregationType,valueType,dataSetElements[dataSet[periodType]]',
        `&filter=id:in:[${element!.id}]`,
      ),
      [
        {
          id: element!.id,
          aggregationType: 'SUM',
          valueType: 'INTEGER',
          dataSetElements: [{ dataSet: { periodType: 'Monthly' } }],
        },
      ],
    )
    const annual = country.indicators.find(({ annualized }) => annualized)!
    const [indicator] = await list(
      'indicators',
      'id,numerator,denominator,annualized',
      `&filter=id:in:[${annual.id}]`,
    )
    assert.deepEqual(indicator, {
      id: annual.id,
      numerator: annual.numerator,
      denominator: '1',
      annualized: true,
    })
    const level3 = await list('organisationUnits', 'id,path,level', '&level=3')
    assert.deepEqual(level3[0], {
      id: country.orgUnits.find(({ level }) => level === 3)!.id,
      path: `/${country.orgUnits.find(({ level }) => level === 3)!.ids.join('/')}`,
      level: 3,
    })
    for (const plural of [
      'programIndicators',
      'dataSets',
      'programs',
      'dataElementGroups',
      'indicatorGroups',
      'organisationUnitGroups',
      'organisationUnitLevels',
      'categoryOptionCombos',
      'trackedEntityTypes',
      'optionSets',
    ]) {
      assert.ok((await list(plural, 'id,name')).length > 0, plural)
    }
  })

  it('tells its own time, its tables and its jobs', async (t) => {
    const { country, ask } = await served(t)
    const info = async () => JSON.parse((await ask('/api/system/info')).text) as Record<string, string>
    const types = async () => JSON.parse((await ask('/api/scheduling/running/types')).text) as string[]
    const { headers } = await ask('/api/system/info')
    assert.equal(headers.get('date'), new Date(`${country.now}Z`).toUTCString())
    const before = await info()
    assert.deepEqual(
      [before['serverDate'], before['lastAnalyticsTableSuccess']],
      [country.now, '2026-01-15T07:30:00.000'],
    )
    assert.deepEqual(await types(), [])
    const start = country.now
    const job = country.beginRebuild({ tookMs: 90_500 })
    assert.deepEqual(await types(), ['ANALYTICS_TABLE'])
    assert.equal((await info())['lastAnalyticsTableSuccess'], before['lastAnalyticsTableSuccess'])
    job.finish()
    assert.deepEqual(await types(), [])
    const after = await info()
    assert.deepEqual(
      [after['lastAnalyticsTableSuccess'], after['lastAnalyticsTableRuntime']],
      [start, '00:01:30.500'],
    )
  })

  it('says 1970 where analytics never ran, answers with 200 and no rows, and events with 409', async (t) => {
    const { country, ask } = await served(t, { hasAnalytics: false })
    assert.match(
      (await ask('/api/system/info')).text,
      /"lastAnalyticsTableSuccess":"1970-01-01T00:00:00.000"/,
    )
    const grid = (await ask(`/api/analytics.json?${pivot(country)}`)).json()
    assert.deepEqual([grid.rows, grid.width, grid.height], [[], 0, 0])
    const events = await ask(`/api/analytics/events/query/${country.program.id}.json?dimension=ou:LEVEL-1`)
    assert.deepEqual([events.status, /E7144/.test(events.text)], [409, true])
  })

  it('makes its tables anew while it is asked', async (t) => {
    const { country, ask } = await served(t)
    const job = country.beginRebuild({ stepsPerRequest: 2 })
    const requests = Math.ceil(job.stepsLeft / 2)
    for (let nth = 0; nth < requests; nth++) {
      assert.ok(job.isRunning)
      await ask('/api/system/info')
    }
    assert.ok(!job.isRunning)
  })

  it('has a clock that goes on, where that is wanted', async () => {
    const country = countryOf({ clockRuns: true })
    const before = country.now
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.ok(country.now > before)
  })

  it('sends values as they are, and what is wrong with a question for them', async (t) => {
    const { country, ask } = await served(t)
    const params = `dataElement=${country.dataElements[1]!.id}&orgUnit=${country.orgUnits[0]!.id}&children=true`
    const { text } = await ask(`/api/dataValueSets.json?${params}&period=202401`)
    assert.deepEqual(JSON.parse(text), country.dataValueSets(`${params}&period=202401`))
    assert.equal((await ask(`/api/dataValueSets.json?${params}`)).status, 409)
  })

  it('misbehaves when it is told to', async (t) => {
    const { country, server, ask } = await served(t)
    server.misbehave({ status: 502 }, { truncateChunked: 100 })
    assert.equal((await ask(`/api/analytics.json?${pivot(country)}`)).status, 502)
    await assert.rejects(ask(`/api/analytics.json?${pivot(country)}`))
    assert.equal((await ask(`/api/analytics.json?${pivot(country)}`)).status, 200)
  })
})

describe('the server of a country: its program', () => {
  const dayIn = (ms: string) => ms.slice(0, 10)

  it('lists events by window, and drops those without a date', async (t) => {
    const { country, ask } = await served(t, { events: 400 })
    const { program, orgUnits } = country
    const path = `/api/analytics/events/query/${program.id}.json?dimension=ou:${orgUnits[0]!.id}&dimension=${program.weight}&dimension=${program.stage}.${program.outcome}&pageSize=1000`
    const year = (await ask(`${path}&startDate=2024-01-01&endDate=2024-12-31`)).json()
    const months = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const month = `2024-${String(at + 1).padStart(2, '0')}`
        return (
          await ask(`${path}&occurredDate=${month}-01_${month}-${new Date(2024, at + 1, 0).getDate()}`)
        ).json().rows
      }),
    )
    const id = (row: readonly string[]) => row[0]!
    assert.ok(year.rows.length > 50)
    assert.deepEqual(months.flat().map(id).toSorted(), year.rows.map(id).toSorted())
    assert.deepEqual(
      year.headers.slice(-2).map(({ name }) => name),
      [program.weight, `${program.stage}.${program.outcome}`],
    )
    const scheduled = (await ask(`${path}&scheduledDate=2022-12-01_2026-12-31`)).json()
    assert.equal(scheduled.rows.length, 400)
    const spanned = (await ask(`${path}&dimension=pe:2023;2025`)).json()
    assert.ok(spanned.rows.some((row) => row[2]!.startsWith('2024')))
  })

  it('forgets dates where org units are of two levels', async (t) => {
    const { country, ask } = await served(t)
    const { program, orgUnits } = country
    const [region, district] = [2, 3].map((level) => orgUnits.find((place) => place.level === level)!.id)
    const count = async (ou: string, kind = 'events') =>
      (
        await ask(
          `/api/analytics/${kind}/query/${program.id}.json?dimension=ou:${ou}&startDate=2024-05-01&endDate=2024-05-31&pageSize=1000`,
        )
      ).json().height
    assert.ok((await count(`${region};${district}`)) > (await count(region!)) + (await count(district!)))
    assert.ok(
      (await count(`${region};${district}`, 'enrollments')) <=
        (await count(region!, 'enrollments')) + (await count(district!, 'enrollments')),
    )
  })

  it('lists enrollments, and tracked entities by when they were created', async (t) => {
    const { country, ask } = await served(t)
    const { program, orgUnits } = country
    const ou = `dimension=ou:${orgUnits[0]!.id}&pageSize=1000`
    const enrollments = (
      await ask(`/api/analytics/enrollments/query/${program.id}.json?${ou}&dimension=${program.attribute}`)
    ).json()
    assert.equal(enrollments.height, 100)
    assert.match(enrollments.rows[0]!.at(-1)!, /^Person "/)
    const entities = `/api/analytics/trackedEntities/query/${program.entityType}.json?${ou}`
    const years = await Promise.all(
      ['2023', '2024', '2025'].map(
        async (year) => (await ask(`${entities}&created=${year}-01-01_${year}-12-31`)).json().rows,
      ),
    )
    assert.equal(years.flat().length, 100)
    assert.ok(years.every((rows, at) => rows.every((row) => dayIn(row[3]!).startsWith(String(2023 + at)))))
    const sorted = (await ask(`${entities}&asc=created`)).json().rows.map((row) => row[3]!)
    assert.deepEqual(sorted, sorted.toSorted())
  })

  it('knows no other program', async (t) => {
    const { ask } = await served(t)
    assert.equal((await ask('/api/analytics/events/query/nothing0000.json')).status, 404)
  })

  it('counts events and enrollments', async (t) => {
    const { country, ask } = await served(t)
    for (const kind of ['events', 'enrollments']) {
      const grid = (
        await ask(
          `/api/analytics/${kind}/aggregate/${country.program.id}.json?dimension=pe:2024&dimension=ou:LEVEL-2`,
        )
      ).json()
      assert.ok(grid.height > 0)
      assert.deepEqual(Object.keys(grid.metaData.dimensions).toSorted(), ['ou', 'pe'])
    }
    const raw = (await ask(`/api/analytics/rawData.json?${pivot(country)}`)).json()
    assert.ok(raw.height > 0)
    assert.equal((await ask(`/api/analytics/rawData?${pivot(country)}`)).status, 404)
  })
})
