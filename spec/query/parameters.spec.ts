import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { factsOf } from '../../lib/query/endpoint-table.ts'
import {
  type AggregateParameters,
  aggregateParameters,
  aggregationTypes,
} from '../../lib/query/parameters.ts'
import { type AnalyticsQuery, targetOf } from '../../lib/query/query.ts'
import { connected, question } from '../support/connected.ts'
import { emptyDirectory, root } from '../support/run-script.ts'

/** All that there are. */
const all: Required<AggregateParameters> = {
  relativePeriodDate: '2024-06-30',
  skipMeta: true,
  outputIdScheme: 'CODE',
  startDate: '2024-01-01',
  endDate: '2024-12-31',
  skipData: false,
  hierarchyMeta: false,
  showHierarchy: true,
  includeMetadataDetails: true,
  displayProperty: 'SHORTNAME',
  userOrgUnit: 'ImspTQPwCqd;O6uvpzGd5pu',
  aggregationType: 'SUM',
  measureCriteria: 'GE:10;LT:50',
  preAggregationMeasureCriteria: 'GT:0',
  skipRounding: true,
  completedOnly: true,
  order: 'DESC',
  timeField: 'EVENT_DATE',
  orgUnitField: 'a',
  userOrgUnitType: 'DATA_OUTPUT',
  ignoreLimit: true,
  hideEmptyRows: true,
  hideEmptyColumns: true,
  includeNumDen: true,
  outputDataItemIdScheme: 'NAME',
  outputDataElementIdScheme: 'NAME',
  outputOrgUnitIdScheme: 'NAME',
  inputIdScheme: 'UID',
  approvalLevel: 'b',
}
const sent = (query: AnalyticsQuery) => targetOf(query).pairs.map((pair) => pair.join('='))

describe('the parameters of /api/analytics', () => {
  it('are all that it reads but dimensions, what makes a table, and what only old servers know', () => {
    const others = ['dimension', 'filter', 'columns', 'rows', 'tableLayout', 'duplicatesOnly']
    const reads = factsOf('/api/analytics')!.reads.filter((name) => !others.includes(name))
    assert.deepEqual(Object.keys(aggregateParameters).sort(), reads.toSorted())
  })

  it('are sent as they stand, in front of params', () => {
    const pairs = sent({ dx: 'a', ...all, params: { columns: 'dx', skipMeta: undefined } })
    const expected = Object.entries(all).map((pair) => pair.join('='))
    assert.deepEqual([pairs[0], pairs.at(-1)], ['dimension=dx:a', 'columns=dx'])
    assert.deepEqual(pairs.slice(1, -1).sort(), expected.sort())
  })

  for (const version of ['2.41', '2.43']) {
    it(`take each aggregation type that a running ${version} named when one was wrong`, async () => {
      const path = join(root, `spec/support/recorded/${version}/error-bad-enum.json.txt`)
      const { message } = JSON.parse(await readFile(path, 'utf8')) as { message: string }
      const types = /\[(.*)\]/.exec(message)![1]!.split(', ')
      assert.deepEqual(types, [...aggregationTypes])
    })
  }

  it('are left out where they are undefined, and once where params says the same', () => {
    assert.deepEqual(sent({ dx: 'a', skipMeta: undefined }), ['dimension=dx:a'])
    assert.deepEqual(sent({ skipMeta: true, params: { skipMeta: 'true' } }), ['skipMeta=true'])
  })

  it('go to other endpoints that read them', () => {
    const endpoint = '/api/analytics/events/aggregate/IpHINAT79UW.json'
    assert.deepEqual(sent({ endpoint, skipRounding: true }), ['skipRounding=true'])
  })

  const wrong: [title: string, query: object, message: RegExp][] = [
    ['a flag that is text', { skipMeta: 'yes' }, /^Query: skipMeta: must be true or false$/],
    ['an empty text', { measureCriteria: '' }, /^Query: measureCriteria: must not be empty$/],
    ['a value that there is not', { order: 'UP' }, /^Query: order: must be one of ASC, DESC; others go into/],
    [
      'a name that there is not',
      { skipmeta: true },
      /^Query: unknown skipmeta; other parameters go into params/,
    ],
    ['two values', { skipMeta: true, params: { skipMeta: false } }, /skipMeta is there twice/],
    [
      'what another endpoint does not read',
      { endpoint: '/api/analytics/events/query/a', measureCriteria: 'GE:10' },
      /events\/query does not read measureCriteria, and would ignore it in silence; analytics, /,
    ],
    [
      'what outliers do not read',
      { endpoint: '/api/analytics/outlierDetection', skipMeta: true },
      /outlierDetection does not read skipMeta/,
    ],
  ]
  for (const [title, query, message] of wrong) {
    it(`are refused for ${title}`, () => {
      assert.throws(() => targetOf(query as AnalyticsQuery), { name: 'QueryError', message })
    })
  }

  it('go out with every call', async (t) => {
    const { client, server } = await connected(t)
    const query: AnalyticsQuery = { ...question, skipMeta: true }
    const path = join(await emptyDirectory(t), 'grid.json')
    assert.deepEqual((await client.analytics.aggregate(query)).metaData, {})
    const rows = client.analytics.rows(query)
    await rows.toArray()
    assert.deepEqual(rows.metaData, {})
    assert.deepEqual(JSON.parse(await text(client.analytics.stream(query))).metaData, {})
    await client.analytics.streamTo(path, query)
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')).metaData, {})
    await client.analytics.dataValues({ ...question, inputIdScheme: 'UID' }).toArray()
    const raw = client.analytics.rawData({ dx: 'fbfJHSPpUQD', pe: '2024', ou: 'ImspTQPwCqd' })
    await client.analytics.aggregate({ ...raw, skipRounding: true })
    assert.deepEqual(
      server.requests.map(({ url }) => /(skip\w+|inputIdScheme)=\w+$/.exec(url)?.[0]),
      [...Array(4).fill('skipMeta=true'), 'inputIdScheme=UID', 'skipRounding=true'],
    )
  })
})
