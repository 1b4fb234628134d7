import fc from 'fast-check'
import { isoPeriod } from '../../../lib/periods/iso-period.ts'
import type {
  FrozenData,
  FrozenOrgUnits,
  FrozenPeriod,
  FrozenQuestion,
} from '../../../lib/pull/frozen-question.ts'

const id = (kind: string, at: number) => `${kind}${String(at).padStart(11 - kind.length, '0')}`

/** A hierarchy of some shape: the paths of all its org units, in the order of the tree. */
export const trees = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ widths, seed }) => {
    const paths: string[] = []
    const grow = (path: string, depth: number) => {
      paths.push(path)
      const width = Math.max(0, (widths[depth] ?? 0) - ((seed + paths.length) % 3 === 0 ? 1 : 0))
      for (let n = 0; n < width; n++) grow(`${path}/${id('u', paths.length)}`, depth + 1)
    }
    grow(`/${id('u', 9_999)}`, 0)
    return paths.toSorted()
  })

export const depthOf = (path: string) => path.split('/').length - 1
export const idOf = (path: string) => path.slice(-11)

/** All of a level below some roots, or any org units. */
export function orgUnitsOf(tree: readonly string[]): fc.Arbitrary<FrozenOrgUnits> {
  const any = fc.subarray([...tree], { minLength: 1 }).map((paths) => ({ paths }))
  const level = fc
    .record({
      number: fc.integer({ min: 1, max: 4 }),
      roots: fc.option(fc.subarray([...tree], { minLength: 1, maxLength: Math.min(3, tree.length) })),
    })
    .map(({ number, roots }) => ({
      paths: tree.filter(
        (path) =>
          depthOf(path) === number && (!roots || roots.some((root) => `${path}/`.startsWith(`${root}/`))),
      ),
      level: { number, ...(roots && { roots: roots.map(idOf) }) },
    }))
    .filter(({ paths }) => paths.length > 0)
  return fc.oneof(any, level)
}

const two = (n: number) => String(n).padStart(2, '0')
const years = fc.integer({ min: 2021, max: 2024 })
const periodIds = fc.oneof(
  fc.tuple(years, fc.integer({ min: 1, max: 12 })).map(([y, m]) => `${y}${two(m)}`),
  fc.tuple(years, fc.integer({ min: 1, max: 4 })).map(([y, q]) => `${y}Q${q}`),
  fc.tuple(years, fc.integer({ min: 1, max: 52 })).map(([y, w]) => `${y}W${w}`),
  years.map((y) => `${y}`),
  fc.tuple(years, fc.constantFrom('April', 'July', 'Oct', 'Nov')).map(([y, kind]) => `${y}${kind}`),
  fc.tuple(years, fc.integer({ min: 1, max: 28 })).map(([y, d]) => `${y}02${two(d)}`),
)
const months = fc
  .tuple(years, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 36 }))
  .map(([year, month, count]) =>
    Array.from({ length: count }, (_, at) => {
      const n = year * 12 + month - 1 + at
      return `${Math.floor(n / 12)}${two((n % 12) + 1)}`
    }),
  )

export const periodsOf = (ids: readonly string[]): FrozenPeriod[] =>
  ids.map((each) => ({ id: each, from: isoPeriod(each)!.from, to: isoPeriod(each)!.to }))

export const periods = fc
  .oneof(months, fc.uniqueArray(periodIds, { minLength: 1, maxLength: 20 }))
  .map(periodsOf)

const aggregation = fc.constantFrom(
  'SUM',
  'AVERAGE',
  'LAST',
  'FIRST_AVERAGE_ORG_UNIT',
  'LAST_IN_PERIOD',
  'AVERAGE_SUM_ORG_UNIT',
  'LAST_LAST_ORG_UNIT',
  'NONE',
  'CUSTOM',
)
const number = fc.integer({ min: 1, max: 40 })
const dataItems: fc.Arbitrary<FrozenData> = fc.oneof(
  fc.record({ id: number.map((n) => id('de', n)), kind: fc.constant('dataElement' as const), aggregation }),
  fc.record({
    id: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .map(([de, n]) => `${id('op', de)}.${id('co', n)}`),
    kind: fc.constant('operand' as const),
    aggregation: fc.constantFrom('SUM', 'LAST', 'NONE'),
  }),
  fc.record({
    id: number.map((n) => id('in', n)),
    kind: fc.constantFrom('indicator' as const, 'expression' as const),
    hasLast: fc.boolean(),
    addsYears: fc.boolean(),
  }),
  fc.record({
    id: number.map((n) => `${id('ds', n)}.REPORTING_RATE`),
    kind: fc.constant('reportingRate' as const),
  }),
  fc.record({ id: number.map((n) => id('pi', n)), kind: fc.constant('programIndicator' as const) }),
  fc.record({ id: number.map((n) => id('xx', n)), kind: fc.constant('other' as const) }),
)
export const data = fc.uniqueArray(dataItems, { minLength: 1, maxLength: 30, selector: (item) => item.id })

const other = fc.option(
  fc
    .integer({ min: 1, max: 5 })
    .map((count) => [{ name: id('cat', 1), items: Array.from({ length: count }, (_, at) => id('opt', at)) }]),
  { nil: undefined },
)

const spans = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 6 })
  .map((edges) => edges.toSorted((a, b) => a - b))
  .map((edges) => {
    const day = (n: number) =>
      new Date(Date.UTC(2022, 10, 20) + n * 5 * 86_400_000).toISOString().slice(0, 10)
    return Array.from({ length: Math.floor(edges.length / 2) }, (_, at) => ({
      from: day(edges[at * 2]!),
      to: day(edges[at * 2 + 1]!),
    }))
  })
  .map((all) => all.filter(({ from }, at) => at === 0 || from > all[at - 1]!.to))

/** Questions of every kind, each with the hierarchy it is about. */
export const questions: fc.Arbitrary<{ tree: readonly string[]; question: FrozenQuestion }> = trees.chain(
  (tree) => {
    const common = { tree: fc.constant(tree as readonly string[]) }
    const orgUnits = orgUnitsOf(tree)
    const whole = <T extends object>(part: fc.Arbitrary<T>) =>
      fc.record({
        ...common,
        question: part.map((each) => ({ shared: [], notes: [], ...each }) as unknown as FrozenQuestion),
      })
    const aggregate = fc.record({
      endpoint: fc.constant('/api/analytics.json'),
      kind: fc.constant('aggregate' as const),
      data,
      periods,
      orgUnits: fc.option(orgUnits, { nil: undefined }),
      others: other,
      rowsEach: fc.constantFrom(1, 3, undefined),
    })
    const rawData = fc.record({
      endpoint: fc.constant('/api/analytics/rawData.json'),
      kind: fc.constant('rawData' as const),
      data: data.map((items) =>
        items.map((item) => ({ ...item, kind: 'dataElement' as const, id: item.id.slice(0, 11) })),
      ),
      periods: months.map(periodsOf),
      orgUnits,
      dataPeriodTypes: fc.option(fc.subarray(['Monthly', 'Quarterly', 'Weekly', 'Daily'], { minLength: 1 }), {
        nil: undefined,
      }),
    })
    const counted = fc.record({
      endpoint: fc.constant('/api/analytics/enrollments/aggregate/programprog.json'),
      kind: fc.constantFrom('enrollmentsAggregate' as const, 'eventsAggregate' as const),
      periods,
      orgUnits,
    })
    const list = fc.record({
      endpoint: fc.constant('/api/analytics/events/query/programprog.json'),
      kind: fc.constantFrom('events' as const, 'enrollments' as const, 'trackedEntities' as const),
      orgUnits,
      days: fc.option(
        fc.record({
          by: fc.constantFrom('startDate', 'enrollmentDate'),
          column: fc.constant('eventdate'),
          spans,
        }),
        { nil: undefined },
      ),
    })
    return fc.oneof({ weight: 4, arbitrary: whole(aggregate) }, whole(rawData), whole(counted), whole(list))
  },
)
