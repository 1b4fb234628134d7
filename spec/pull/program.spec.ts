import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type AnalyticsQuery, basicAuth, Dhis2Client } from '../../lib/index.ts'
import type { FrozenPeriod, FrozenQuestion } from '../../lib/pull/frozen-question.ts'
import type { Piece } from '../../lib/pull/piece.ts'
import { PiecePlan } from '../../lib/pull/plan.ts'
import type { Pair } from '../../lib/query/dimension-text.ts'
import { searchOf } from '../../lib/query/query.ts'
import { type Country, countryOf, type StandIn, startDhis2 } from '../../lib/testing/index.ts'
import { idOf, periodsOf } from './support/questions.ts'
import { type Answered, sameRows } from './support/rows.ts'

const seed = 20_261_128
const country = countryOf({
  seed: 9,
  orgUnits: 25,
  levels: 4,
  from: '2023-01-01',
  to: '2024-12-31',
  events: 400,
})
const { program } = country
const paths = country.orgUnits.map(({ ids }) => `/${ids.join('/')}`).toSorted()
const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)))

type Ask = (pairs: readonly Pair[]) => ReturnType<Country['rawData']>

/** Rows with their cells in the order of the columns' names, which differs between pieces. */
function answered(ask: Ask, pairs: readonly Pair[], isWanted?: Piece['isWanted']): Answered {
  const answer = ask(pairs)
  assert.ok(!('message' in answer), JSON.stringify(answer))
  const names = answer.headers.map(({ name }) => name)
  const order = names.toSorted().map((name) => names.indexOf(name))
  const wants = isWanted?.(names) ?? (() => true)
  return [...answer.rows].filter(wants).map((row) => order.map((at) => row[at]!))
}

function unionOf(ask: Ask, plan: PiecePlan): Answered {
  return [...plan.pieces()].flatMap(({ pairs, isWanted }) => answered(ask, pairs, isWanted))
}

function unsplit({ data, periods, orgUnits, shared }: FrozenQuestion): Pair[] {
  const items = {
    dx: data?.map(({ id }) => id),
    pe: periods?.map(({ id }) => id),
    ou: orgUnits?.paths.map(idOf),
  }
  const asked = Object.entries(items).filter(([, ids]) => ids)
  return [...asked.map(([name, ids]): Pair => ['dimension', `${name}:${ids!.join(';')}`]), ...shared]
}

const cells = fc.constantFrom(1, 5, 50)
const places = fc.subarray(leaves, { minLength: 1 }).map((some) => ({ paths: some }))

/** Periods of one kind without a gap. */
const spans: fc.Arbitrary<FrozenPeriod[]> = fc
  .tuple(fc.constantFrom('month', 'week', 'quarter'), fc.nat(20), fc.integer({ min: 1, max: 14 }))
  .map(([kind, from, count]) => {
    const ids = Array.from({ length: count }, (_, at) => from + at).flatMap((n) => {
      if (kind === 'month')
        return n < 24 ? [`${2023 + Math.floor(n / 12)}${String((n % 12) + 1).padStart(2, '0')}`] : []
      if (kind === 'week') return [`2023W${n + 1}`]
      return n < 8 ? [`${2023 + Math.floor(n / 4)}Q${(n % 4) + 1}`] : []
    })
    return periodsOf(ids)
  })
  .filter((periods) => periods.length > 0)

const rawQuestions = fc
  .record({
    data: fc.subarray([...country.dataElements], { minLength: 1, maxLength: 4 }),
    periods: spans,
    orgUnits: places,
  })
  .map(
    ({ data, periods, orgUnits }): FrozenQuestion => ({
      endpoint: '/api/analytics/rawData.json',
      kind: 'rawData',
      shared: [],
      data: data.map(({ id }) => ({ id, kind: 'dataElement' })),
      periods,
      orgUnits,
      dataPeriodTypes: [...new Set(data.map(({ dataSet }) => dataSet.periodType))],
      notes: [],
    }),
  )

const isRawExact = (question: FrozenQuestion, size: number) => {
  const union = unionOf(country.rawData, new PiecePlan(question, { cells: size }))
  return sameRows(union, answered(country.rawData, unsplit(question)))
}

describe('the pieces of raw data', () => {
  it('together have the rows of the whole', () => {
    fc.assert(fc.property(rawQuestions, cells, isRawExact), { seed, numRuns: 1000 })
  })

  it('are caught where a period of the data crosses a cut', () => {
    const wrong = (question: FrozenQuestion, size: number) =>
      isRawExact({ ...question, dataPeriodTypes: ['Daily'] }, size)
    assert.ok(fc.check(fc.property(rawQuestions, cells, wrong), { seed, numRuns: 1000 }).failed)
  })
})

const periodIds = [
  '202301',
  '202302',
  '202311',
  '2023',
  '2024',
  '2023Q4',
  '2024Q1',
  '2024Q2',
  '202406',
  '2024W5',
  '2024W9',
]
const countQuestions = fc
  .record({
    kind: fc.constantFrom('eventsAggregate' as const, 'enrollmentsAggregate' as const),
    periods: fc.subarray(periodIds, { minLength: 1 }).map(periodsOf),
    orgUnits: fc.subarray(paths, { minLength: 1 }).map((some) => ({ paths: some })),
    shared: fc.constantFrom<Pair[]>(
      [],
      [['dimension', program.outcome]],
      [
        ['value', program.weight],
        ['aggregationType', 'MAX'],
      ],
    ),
  })
  .map(
    ({ kind, shared, ...rest }): FrozenQuestion => ({
      endpoint: `/api/analytics/${kind === 'eventsAggregate' ? 'events' : 'enrollments'}/aggregate/${program.id}.json`,
      kind,
      shared: kind === 'eventsAggregate' ? shared : [],
      notes: [],
      ...rest,
    }),
  )

/** Enrollments of each period alone, as those of several are one span; events of all at once. */
function rightCounts(question: FrozenQuestion): Answered {
  if (question.kind === 'eventsAggregate') return answered(country.eventCounts, unsplit(question))
  return question.periods!.flatMap((period) =>
    answered(country.enrollmentCounts, unsplit({ ...question, periods: [period] })),
  )
}

const isCountExact = (question: FrozenQuestion, size: number, keepsAll = false) => {
  const ask = question.kind === 'eventsAggregate' ? country.eventCounts : country.enrollmentCounts
  const plan = new PiecePlan(question, { cells: size })
  const union = [...plan.pieces()].flatMap(({ pairs, isWanted }) =>
    answered(ask, pairs, keepsAll ? undefined : isWanted),
  )
  return sameRows(union, rightCounts(question))
}

describe('the pieces of counts', () => {
  it('together are what is counted of each period', () => {
    fc.assert(
      fc.property(countQuestions, cells, (question, size) => isCountExact(question, size)),
      { seed, numRuns: 1000 },
    )
  })

  it('are caught where rows of other periods are kept', () => {
    const wrong = (question: FrozenQuestion, size: number) => isCountExact(question, size, true)
    assert.ok(fc.check(fc.property(countQuestions, cells, wrong), { seed, numRuns: 1000 }).failed)
  })
})

describe('the pieces of lists', () => {
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

  const rowsOf = async (query: AnalyticsQuery): Promise<Answered> => {
    const rows: string[][] = []
    for await (const row of client.analytics.rows(query)) rows.push(row as string[])
    return rows.map((row) => [row.join('|'), '0'])
  }
  const queryOf = ({ endpoint, pairs }: Piece): AnalyticsQuery => ({
    endpoint,
    dimension: pairs.filter(([name]) => name === 'dimension').map(([, value]) => value),
    filter: pairs.filter(([name]) => name === 'filter').map(([, value]) => value),
    params: pairs.filter(([name]) => name !== 'dimension' && name !== 'filter'),
  })
  const [root, ...others] = country.orgUnits.map(({ id }) => id)
  const region = country.orgUnits.find(({ level }) => level === 2)!.id
  const events = `/api/analytics/events/query/${program.id}.json`
  const enrollments = `/api/analytics/enrollments/query/${program.id}.json`
  const people = `/api/analytics/trackedEntities/query/${program.entityType}.json`
  const queries: [string, AnalyticsQuery][] = [
    [
      'events by periods, of several levels',
      { endpoint: events, pe: ['2023Q2', '2023Q4', '202401'], ou: others.slice(0, 9) },
    ],
    [
      'events between days',
      { endpoint: events, ou: 'LEVEL-4', params: { startDate: '2023-03-20', endDate: '2024-02-11' } },
    ],
    [
      'events by a date of their own',
      { endpoint: events, ou: [region, root!], params: { scheduledDate: '2023;202403' } },
    ],
    [
      'events filtered by org units',
      { endpoint: events, pe: '2023', dimension: [program.outcome], filter: { ou: [region] } },
    ],
    [
      'enrollments',
      { endpoint: enrollments, ou: [root!, region], params: { enrollmentDate: '2023-02-01_2024-05-05' } },
    ],
    ['enrollments of all days', { endpoint: enrollments, ou: 'LEVEL-3' }],
    [
      'tracked entities',
      { endpoint: people, ou: others.slice(3, 12), params: { created: '2023-02-01_2024-05-05' } },
    ],
    ['tracked entities of all days', { endpoint: people, ou: 'LEVEL-2' }],
  ]
  for (const [what, query] of queries) {
    it(`together have the rows of the whole: ${what}`, async () => {
      const { plan } = await client.analytics.plan(query)
      const whole = await rowsOf(query)
      assert.ok(whole.length > 0 && plan.pieceCount > 0)
      const pieces = [...plan.pieces()].flatMap((piece) => [piece, ...plan.cut(piece)])
      assert.ok(
        pieces.every((piece) => piece.isList && piece.cells === undefined && piece.covers === undefined),
      )
      const leaves = [...plan.pieces()].flatMap((piece) => {
        const parts = plan.cut(piece)
        return parts.length ? parts : [piece]
      })
      const union: (readonly string[])[] = []
      for (const piece of leaves) union.push(...(await rowsOf(queryOf(piece))))
      assert.ok(sameRows(union, whole), `${union.length} of ${whole.length}`)
    })
  }

  it('are of one level each, as those of two lose their days', async () => {
    const { plan } = await client.analytics.plan({
      endpoint: events,
      pe: '202305',
      ou: [region, ...others.slice(4)],
    })
    const levelOf = new Map(country.orgUnits.map(({ id, level }) => [id, level]))
    for (const { pairs } of plan.pieces()) {
      const [, ids = ''] = pairs.find(([, value]) => value.startsWith('ou:')) ?? []
      assert.equal(
        new Set(
          ids
            .slice(3)
            .split(';')
            .map((id) => levelOf.get(id)),
        ).size,
        1,
      )
    }
    const ask = async (ou: readonly string[]) => {
      const search = searchOf([
        ['dimension', `ou:${ou.join(';')}`],
        ['eventDate', '202305'],
        ['pageSize', '1000'],
      ])
      const response = await fetch(`${server.url}${events}?${search}`, {
        headers: { authorization: `Basic ${btoa('admin:district')}` },
      })
      return ((await response.json()) as { rows: unknown[] }).rows.length
    }
    const outside = country.orgUnits.find(({ level, ids }) => level === 3 && !ids.includes(region))!.id
    assert.ok((await ask([region, outside])) > (await ask([region])) + (await ask([outside])))
  })
})
