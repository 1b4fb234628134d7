import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Country, countryOf, demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { cells, months, question, refusalOf } from '../../support/country.ts'

const axes = ({ dataElements, orgUnits }: Country) => ({
  dx: dataElements.slice(0, 3).map(({ id }) => id),
  pe: months(2024, 2024),
  ou: orgUnits.map(({ id }) => id),
})

const made = () => countryOf({ seed: 9, orgUnits: 25, levels: 4 })

async function served(t: TestContext, country: Country) {
  const server = await startDhis2({ country })
  t.after(() => server.close())
  const path = `/api/analytics.json?${new URLSearchParams(question(axes(country)))}`
  return async (more = '') => {
    const response = await fetch(server.url + path + more, {
      headers: { authorization: `ApiToken ${demoToken}` },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

describe('a country: limits', () => {
  it('E7128 where one class of data has too many rows, however few the others have', () => {
    const country = made()
    const asked = axes(country)
    const of = (dx: string) => cells(country, question({ ...asked, dx: [dx] })).size
    const [a, b, last] = asked.dx as [string, string, string]
    country.limits.maxRows = of(a) + of(b)
    assert.equal(refusalOf(country, question(asked)), undefined)
    country.limits.maxRows--
    assert.equal(refusalOf(country, question(asked)), 'E7128')
    assert.equal(refusalOf(country, question(asked, { ignoreLimit: 'true' })), undefined)
    country.limits.maxRows = of(last)
    assert.equal(refusalOf(country, question({ ...asked, dx: [last] })), undefined)
  })

  it('a bad data item fails its piece with E7145', () => {
    const country = made()
    const { dx, ...others } = axes(country)
    country.limits.bad[dx[0]!] = 'fails'
    assert.equal(refusalOf(country, question({ dx, ...others })), 'E7145')
    assert.equal(refusalOf(country, question({ dx: dx.slice(1), ...others })), undefined)
  })

  it('or vanishes from it, and fails alone', () => {
    const country = made()
    const { dx, ...others } = axes(country)
    country.limits.bad[dx[0]!] = 'vanishes'
    const found = cells(country, question({ dx, ...others }))
    assert.deepEqual(new Set([...found.keys()].map((key) => key.split(' ')[0])), new Set(dx.slice(1)))
    assert.equal(refusalOf(country, question({ ...others, dx: dx.slice(0, 1) })), 'E7145')
  })

  for (const status of [400, 414, 431] as const) {
    it(`a URL that is too long is ${status}, with a page`, async (t) => {
      const country = countryOf({ limits: { maxUrlBytes: 400, longUrlStatus: status } })
      const ask = await served(t, country)
      const { status: got, headers } = await ask()
      assert.deepEqual([got, headers.get('content-type')], [status, 'text/html;charset=utf-8'])
      country.limits.maxUrlBytes = 100_000
      assert.equal((await ask()).status, 200)
    })
  }

  it('a slow answer takes its time by the country’s clock, and beyond a limit is E7131', async (t) => {
    const country = made()
    const ask = await served(t, country)
    const rows = (JSON.parse((await ask()).text) as { height: number }).height
    country.limits.msPer1000Rows = 40
    const before = Date.parse(`${country.now}Z`)
    assert.equal((await ask()).status, 200)
    assert.ok(Math.abs(Date.parse(`${country.now}Z`) - before - rows * 0.04) < 1)
    country.limits.timeoutMs = (rows / 1000) * 40 - 1
    const { status, text } = await ask()
    assert.deepEqual([status, (JSON.parse(text) as { errorCode: string }).errorCode], [409, 'E7131'])
    // What is no question for rows takes none.
    assert.equal((await ask('&dimension=nope')).status, 409)
  })

  it('a proxy loses its patience with a large answer', async (t) => {
    const country = made()
    const ask = await served(t, country)
    Object.assign(country.limits, { gatewayRows: 10, gatewayStatus: 502 })
    const { status, headers } = await ask()
    assert.deepEqual([status, headers.get('content-type')], [502, 'text/html;charset=utf-8'])
  })

  it('so many requests at once, and 503 for the others', async (t) => {
    const country = made()
    Object.assign(country.limits, { maxRequests: 2, retryAfter: 3, msPer1000Rows: 200 })
    const ask = await served(t, country)
    const answers = await Promise.all([ask(), ask(), ask(), ask()])
    const refused = answers.filter(({ status }) => status === 503)
    assert.equal(refused.length, 2)
    assert.deepEqual(
      refused.map(({ headers }) => headers.get('retry-after')),
      ['3', '3'],
    )
    country.limits.retryAfter = undefined
    const again = await Promise.all([ask(), ask(), ask()])
    assert.equal(again.find(({ status }) => status === 503)!.headers.get('retry-after'), null)
    assert.equal((await ask()).status, 200)
  })
})

describe('a large country', () => {
  it('is answered row by row, in flat memory', async (t) => {
    const country = countryOf({
      orgUnits: 20_000,
      levels: 5,
      dataElements: 2000,
      filled: 0.1,
      from: '2021-01-01',
      to: '2025-12-31',
    })
    const asked = question({
      dx: country.dataElements.slice(100, 104).map(({ id }) => id),
      pe: months(2021, 2025),
      ou: ['LEVEL-5'],
    })
    const server = await startDhis2({ country })
    t.after(() => server.close())
    const response = await fetch(`${server.url}/api/analytics.json?${new URLSearchParams(asked)}`, {
      headers: { authorization: `ApiToken ${demoToken}` },
    })
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    let [bytes, most] = [0, 0]
    for await (const chunk of response.body!) {
      bytes += chunk.length
      const now = process.memoryUsage()
      most = Math.max(most, now.heapUsed + now.arrayBuffers - heapUsed - arrayBuffers)
    }
    assert.ok(bytes > 15_000_000, String(bytes))
    assert.ok(most < 100_000_000, String(most))
  })
})
