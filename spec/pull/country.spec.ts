import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { basicAuth, Dhis2Client } from '../../lib/index.ts'
import type { FrozenData, FrozenQuestion } from '../../lib/pull/frozen-question.ts'
import { PiecePlan } from '../../lib/pull/plan.ts'
import { classOf } from '../../lib/pull/plan-data.ts'
import type { Pair } from '../../lib/query/dimension-text.ts'
import { countryOf, startDhis2 } from '../../lib/testing/index.ts'
import { depthOf, idOf } from './support/questions.ts'
import { type Answered, answerOf, sameRows, unionOf } from './support/rows.ts'

const country = countryOf({ seed: 3, orgUnits: 25, levels: 4, from: '2023-01-01', to: '2024-12-31' })

const elements = country.dataElements
const rates = country.dataSets.map(({ id }) => `${id}.REPORTING_RATE`)
const operands = elements
  .filter(({ optionCombos }) => optionCombos.length > 1)
  .flatMap(({ id, optionCombos }) => optionCombos.map((combo) => `${id}.${combo.id}`))
const months = [2023, 2024].flatMap((year) =>
  Array.from({ length: 12 }, (_, at) => `${year}${String(at + 1).padStart(2, '0')}`),
)
const { program } = country
const programItems = [
  ...program.indicators.map(({ id }) => id),
  `${program.id}.${program.weight}`,
  `${program.id}.${program.outcome}.${program.options[0]!.id}`,
]
const periodIds = [
  ...months,
  '2023',
  '2024',
  '2023Q4',
  '2024Q1',
  '2024Q2',
  '2023S2',
  '2024W1',
  '2024W2',
  '20240229',
]

/** All that the country can be asked, frozen. */
let all: FrozenQuestion

before(async () => {
  await using server = await startDhis2({ country })
  await using client = new Dhis2Client({
    baseUrl: server.url,
    auth: basicAuth('admin', 'district'),
    retry: false,
  })
  const pull = await client.analytics.plan({
    dx: [
      ...elements.map(({ id }) => id),
      ...country.indicators.map(({ id }) => id),
      ...operands,
      ...rates,
      ...programItems,
    ],
    pe: periodIds,
    ou: country.orgUnits.map(({ id }) => id),
    skipRounding: true,
    skipMeta: true,
  })
  all = pull.plan.question
})

const isStable = (item: FrozenData) => !classOf(item, all.periods!).isWhole

/** Questions that are parts of that one, in pieces of some size. */
const parts = fc.record({
  data: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  periods: fc.oneof(
    fc.uniqueArray(fc.nat(periodIds.length - 1), { minLength: 1, maxLength: 8 }),
    fc
      .tuple(fc.nat(11), fc.integer({ min: 2, max: 12 }))
      .map(([from, count]) => Array.from({ length: count }, (_, at) => from + at)),
  ),
  places: fc.oneof(
    fc.uniqueArray(fc.nat(country.orgUnits.length - 1), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 2, max: 4 }),
  ),
  filter: fc.constantFrom('none', 'none', 'pe', 'ou', 'dx'),
  shared: fc.constantFrom<Pair[]>([], [], [['dimension', 'co']], [['aggregationType', 'LAST']]),
  cells: fc.constantFrom<number>(1, 4, 30),
})
type Part = typeof parts extends fc.Arbitrary<infer T> ? T : never

/** The items of a part. */
function itemsOf({ data, periods, places, shared, filter }: Part) {
  const paths = all.orgUnits!.paths
  // Of an offset beside a filter the server wants nothing to know; which of several periods counts is left to chance.
  const isOffered = (item: FrozenData) =>
    isStable(item) &&
    !(filter === 'pe' && (item.addsYears || /IN_PERIOD|AVERAGE_SUM/.test(item.aggregation ?? ''))) &&
    !(shared[0]?.[1] === 'co' && !isElement(item))
  const stable = all.data!.filter(isOffered).map((item) => overridden(item, shared))
  const picked = data.map((at) => stable[at % stable.length]!)
  return {
    data: [...new Map(picked.map((item) => [item.id, item])).values()],
    periods: periods.map((at) => all.periods!.find(({ id }) => id === periodIds[at])!),
    orgUnits:
      typeof places === 'number'
        ? { paths: paths.filter((path) => depthOf(path) === places), level: { number: places } }
        : { paths: places.map((at) => paths[at]!).toSorted() },
  }
}

const isElement = ({ kind }: FrozenData) => kind === 'dataElement'

/** As freezing has it under `aggregationType=LAST`. */
function overridden(item: FrozenData, shared: readonly Pair[]): FrozenData {
  if (shared[0]?.[0] !== 'aggregationType') return item
  return item.aggregation ? { ...item, aggregation: 'LAST' } : { ...item, hasLast: item.kind === 'indicator' }
}

function questionOf(part: Part): FrozenQuestion {
  const { data, periods, orgUnits } = itemsOf(part)
  const filters: Pair[] =
    part.filter === 'none' ? [] : [['filter', `${part.filter}:${idsOf(part)[part.filter].join(';')}`]]
  return {
    endpoint: all.endpoint,
    kind: 'aggregate',
    shared: [...all.shared, ...part.shared, ...filters],
    ...(part.filter === 'dx' ? { filteredData: data } : { data }),
    ...(part.filter !== 'pe' && { periods }),
    ...(part.filter !== 'ou' && { orgUnits }),
    notes: [],
  }
}

function idsOf(part: Part) {
  const { data, periods, orgUnits } = itemsOf(part)
  return { dx: data.map(({ id }) => id), pe: periods.map(({ id }) => id), ou: orgUnits.paths.map(idOf) }
}

/** What the question gives in one request. */
function unsplit(part: Part, ids = idsOf(part)): Answered {
  const asked = (['dx', 'pe', 'ou'] as const).map(
    (name): Pair => [part.filter === name ? 'filter' : 'dimension', `${name}:${ids[name].join(';')}`],
  )
  const isWanted = (headers: readonly string[]) => (row: readonly unknown[]) =>
    ids.dx.includes(String(row[headers.indexOf('dx')]))
  return answerOf(
    country,
    [...asked, ...all.shared, ...part.shared],
    part.filter === 'dx' ? undefined : isWanted,
  )
}

/** What each data item gives in a request of its own, which nothing else can disturb. */
function alone(part: Part): Answered {
  const ids = idsOf(part)
  return itemsOf(part).data.flatMap((item) => {
    const isByPeriod = item.aggregation === 'AVERAGE_SUM_ORG_UNIT' && part.filter !== 'pe'
    const apart = isByPeriod ? ids.pe.map((id) => [id]) : [ids.pe]
    return apart.flatMap((pe) => unsplit(part, { ...ids, dx: [item.id], pe }))
  })
}

/** Whether one request for all of it is right by itself. */
function isRight(part: Part): boolean {
  const { data, periods } = itemsOf(part)
  const isDivided = data.some(({ aggregation }) => aggregation === 'AVERAGE_SUM_ORG_UNIT')
  const isDisturbed = data.some((item) => item.hasLast) && data.some((item) => item.addsYears)
  return !(isDivided && periods.length > 1) && !isDisturbed
}

/** Those of which somebody can tell what is right: sums over data items have no cells of one alone. */
const comparable = parts.filter((part) => (part.filter !== 'dx' || isRight(part)) && !mixesLevels(part))

/** What freezing refuses: events summed over org units of several levels. */
function mixesLevels(part: Part): boolean {
  const { data, orgUnits } = itemsOf(part)
  const levels = new Set(orgUnits.paths.map(depthOf))
  return part.filter === 'ou' && levels.size > 1 && data.some(({ kind }) => kind.startsWith('program'))
}

type Mutant = (question: FrozenQuestion) => FrozenQuestion

function isExact(part: Part, mutate: Mutant = (question) => question, cells = part.cells): boolean {
  const union = unionOf(country, new PiecePlan(mutate(questionOf(part)), { cells }))
  return sameRows(union, part.filter === 'dx' ? unsplit(part) : alone(part))
}

const seed = 20_261_128

/** Whether thousands of cases find a plan out. */
function isCaught(mutate: Mutant, cells?: number): boolean {
  return fc.check(
    fc.property(comparable, (part) => isExact(part, mutate, cells)),
    { seed, numRuns: 1000 },
  ).failed
}

const withData =
  (change: (item: FrozenData) => FrozenData): Mutant =>
  (question) =>
    question.data ? { ...question, data: question.data.map(change) } : question

describe('the pieces of a country', () => {
  it('together give what each data item gives alone and unsplit', () => {
    fc.assert(
      fc.property(comparable, (part) => isExact(part)),
      { seed, numRuns: 2000 },
    )
  })

  it('together give what the whole gives, wherever that is right by itself', () => {
    const right = comparable.filter(isRight)
    fc.assert(
      fc.property(right, (part) => {
        const plan = new PiecePlan(questionOf(part), { cells: part.cells })
        assert.ok(sameRows(unionOf(country, plan), unsplit(part)))
      }),
      { seed, numRuns: 1000 },
    )
  })

  it('are caught where LAST is cut by plain years', () => {
    const isLast = (aggregation = '') => /^(LAST|FIRST)(?!_IN)/.test(aggregation)
    assert.ok(
      isCaught(withData((item) => (isLast(item.aggregation) ? { ...item, aggregation: 'SUM' } : item))),
    )
    assert.ok(!isCaught(withData((item) => item)))
  })

  it('are caught where an indicator over LAST stands beside one with an offset', () => {
    const stable = all.data!.filter(isStable)
    const indicators = stable.flatMap(({ kind }, at) => (kind === 'indicator' ? [at] : []))
    const ofIndicators = parts.map(
      (part): Part => ({
        ...part,
        data: part.data.map((n) => indicators[n % indicators.length]!),
        filter: 'none',
        shared: [],
      }),
    )
    const oneClass = withData(({ hasLast: _, ...item }) => item)
    const check = (mutate: Mutant) =>
      fc.check(
        fc.property(ofIndicators, (part) => isExact(part, mutate, 50_000)),
        { seed, numRuns: 1000 },
      )
    assert.ok(check(oneClass).failed)
    assert.ok(!check((question) => question).failed)
  })

  it('are caught where a request for averages has several periods', () => {
    const isAverage = (item: FrozenData) => item.aggregation === 'AVERAGE_SUM_ORG_UNIT'
    assert.ok(isCaught(withData((item) => (isAverage(item) ? { ...item, aggregation: 'SUM' } : item))))
  })

  for (const name of ['pe', 'ou'] as const) {
    it(`are caught where a filter is cut: ${name}`, () => {
      const cutFilter = (part: Part) => {
        const plan = new PiecePlan(questionOf({ ...part, filter: 'none' }), { cells: part.cells })
        const filtered = [...plan.pieces()].flatMap(({ pairs, isWanted }) =>
          answerOf(
            country,
            pairs.map(([kind, value]): Pair => [value.startsWith(`${name}:`) ? 'filter' : kind, value]),
            isWanted,
          ),
        )
        return sameRows(filtered, alone({ ...part, filter: name }))
      }
      const simple = parts.filter((part) => part.data.every((at) => at % 50 < 5) && part.shared.length === 0)
      assert.ok(fc.check(fc.property(simple, cutFilter), { seed, numRuns: 500 }).failed)
    })
  }

  it('are caught where events are added up over org units of several levels', () => {
    const summed = (part: Part) => {
      const events = all.data!.filter(({ kind }) => kind === 'programIndicator')
      const rows = (paths: readonly string[]) =>
        answerOf(country, [
          ['dimension', `dx:${events[0]!.id}`],
          ['dimension', 'pe:2023'],
          ['filter', `ou:${paths.map(idOf).join(';')}`],
        ])
      const { paths } = itemsOf(part).orgUnits
      return sameRows(rows(paths), rows(paths.toReversed()))
    }
    assert.ok(fc.check(fc.property(parts, summed), { seed, numRuns: 500 }).failed)
  })

  it('are whole where nobody can tell how they may be cut', () => {
    const unstable = all.data!.filter((item) => !isStable(item))
    assert.ok(unstable.length >= 3)
    const plan = new PiecePlan({ ...all, data: unstable }, { cells: 1 })
    for (const piece of plan.pieces()) {
      assert.deepEqual(plan.cut(piece), [])
      assert.equal(piece.covers!['pe']!.length, periodIds.length)
      assert.equal(piece.covers!['ou']!.length, country.orgUnits.length)
    }
  })
})
