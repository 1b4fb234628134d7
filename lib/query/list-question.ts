import { QueryError } from '../errors.ts'
import { isDay, type Span } from '../periods/spans.ts'
import { type Pair, refuseCommas } from './dimension-text.ts'
import { factsOf, type ListKind } from './endpoint-table.ts'

export type { Pair }

/** Items of a dimension, and whether it is asked for or narrows the answer. */
export interface AskedItems {
  readonly as: 'dimension' | 'filter'
  readonly items: readonly string[]
}

/** Which days a list is asked for. */
export interface AskedDays {
  /** What windows of them are asked by: `startDate` and `endDate`, or a date of its own such as `enrollmentDate`. */
  readonly by: string
  /** ISO and relative periods, which only the server can tell the days of. */
  readonly periods: readonly string[]
  readonly spans: readonly Span[]
}

/** What a list was asked, taken apart. */
export interface ListQuestion {
  readonly kind: ListKind
  /** What identifies a row of it: the names that the column has had. */
  readonly key: readonly string[]
  readonly endpoint: string
  /** All that stays the same in every request for it. */
  readonly base: readonly Pair[]
  readonly ou: AskedItems | undefined
  /** Undefined where no days were named. */
  readonly days: AskedDays | undefined
  /** The order that was asked for, as `asc` and `desc`. */
  readonly order: readonly Pair[]
  /** Whether one page is asked for, with `page` or `pageSize`. */
  readonly isOnePage: boolean
  /** What was said of pages. */
  readonly pages: readonly string[]
}

/** How a page is asked for. */
const pageNames = ['page', 'pageSize', 'paging', 'totalPages']

/** Where the API begins that an endpoint belongs to: `/api`, or `/api/42`. */
export function apiOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.indexOf('/analytics/'))
}

/**
 * A question to a list, taken apart; undefined where the endpoint is none.
 *
 * @throws QueryError for `paging=false`, and where the server would read the days otherwise than they are written.
 */
export function listQuestionOf(endpoint: string, pairs: readonly Pair[]): ListQuestion | undefined {
  const list = factsOf(endpoint)?.list
  if (!list) return undefined
  const { kind, key, dates } = list
  refuseUnpaged(pairs)
  const has = (name: string) => pairs.some(([each]) => each === name)
  if (kind === 'trackedEntities' && itemsOf('pe', pairs)) {
    throw new QueryError(
      'Query: tracked entities have no periods; leave pe out, and narrow them by created, lastUpdated or another date in params',
    )
  }
  const days = kind === 'trackedEntities' ? undefined : daysOf(dates, pairs)
  const ou = itemsOf('ou', pairs)
  const taken = (pair: Pair) =>
    pageNames.includes(pair[0]) ||
    pair[0] === 'asc' ||
    pair[0] === 'desc' ||
    isOf('ou', pair) ||
    (days !== undefined && isOfDays(dates, pair))
  const base = pairs.filter((pair) => !taken(pair))
  // Without pe, which is asked for as days, another dimension may stand alone.
  refuseCommas('dimension', ou?.as === 'dimension' ? [...base, ['dimension', 'ou']] : base)
  return {
    kind,
    key,
    endpoint,
    base,
    ou,
    days,
    order: pairs.filter(([name]) => name === 'asc' || name === 'desc'),
    isOnePage: has('page') || has('pageSize'),
    pages: pageNames.filter(has),
  }
}

/** @throws QueryError where not the whole list can be meant. */
export function checkWholeList({ base, pages }: ListQuestion, paging: object | undefined): void {
  if (paging && pages.length) {
    throw new QueryError(`Query: leave ${pages.join(', ')} out of params beside paging`)
  }
  if (base.some(([name]) => name === 'limit')) {
    throw new QueryError(
      'Query: limit is for counts; for some of the rows ask for one page, with page and pageSize in params',
    )
  }
}

function refuseUnpaged(pairs: readonly Pair[]): void {
  if (!pairs.some(([name, value]) => name === 'paging' && value.toLowerCase() === 'false')) return
  throw new QueryError(
    'Query: leave paging=false out of params: the server then stops at 5,001 rows, on other versions at 100,000, ' +
      'without a word; rows() and aggregate() give the whole list',
  )
}

function daysOf(dates: readonly string[], pairs: readonly Pair[]): AskedDays | undefined {
  const pe = itemsOf('pe', pairs)
  const edges = pairs.filter(([name]) => name === 'startDate' || name === 'endDate')
  const named = namedDates(dates, pairs)
  const ways = [...(pe ? ['pe'] : []), ...(edges.length ? ['startDate and endDate'] : []), ...named.keys()]
  if (ways.length > 1) {
    throw new QueryError(
      `Query: days are asked for by ${ways.join(' and by ')}; the server reads only one of them, or makes one span of ` +
        'all, without a word: give one, and filter the rows by the other',
    )
  }
  if (pe) return { by: 'startDate', periods: pe.items.map(checkedPeriod), spans: [] }
  if (edges.length) return { by: 'startDate', periods: [], spans: [spanOf(edges)] }
  for (const [by, items] of named) {
    const isRange = (item: string) => item.includes('_') && /^\d/.test(item)
    const periods = items.filter((item) => !isRange(item))
    return { by, periods, spans: items.filter(isRange).map((range) => rangeOf(by, range)) }
  }
  return undefined
}

/** The items of each kind of date that is asked for, under the name that it is sent by. */
function namedDates(dates: readonly string[], pairs: readonly Pair[]): Map<string, string[]> {
  const named = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    if (!dates.includes(name)) continue
    // Two names of one date.
    const by = name === 'enrollmentOccurredDate' ? 'incidentDate' : name
    named.set(by, [...(named.get(by) ?? []), ...value.split(/[;,]/)])
  }
  return named
}

function checkedPeriod(item: string): string {
  if (!item.includes(':')) return item
  throw new QueryError(
    `Query: pe ${JSON.stringify(item)} names a date of its own; leave it out of pe and say it as a parameter, such as ` +
      "enrollmentDate: 'LAST_12_MONTHS'",
  )
}

function spanOf(edges: readonly Pair[]): Span {
  const values = new Map(edges)
  const [from = '', to = ''] = [values.get('startDate'), values.get('endDate')]
  if (edges.length !== 2 || from === '' || to === '') {
    throw new QueryError(
      'Query: startDate and endDate belong together, one of each: the server ignores one alone',
    )
  }
  return checkedSpan(from, to, 'startDate and endDate')
}

function rangeOf(name: string, range: string): Span {
  const [from = '', to = '', ...more] = range.split('_')
  return checkedSpan(from, more.length ? '' : to, name)
}

function checkedSpan(from: string, to: string, what: string): Span {
  for (const day of [from, to]) {
    if (!isDay(day))
      throw new QueryError(`Query: ${what}: ${JSON.stringify(day)} is no day; write it like '2024-01-31'`)
  }
  if (from > to) throw new QueryError(`Query: ${what}: ${from} comes after ${to}`)
  return { from, to }
}

/** The items of a dimension, be it asked for or a filter. */
export function itemsOf(dimension: string, pairs: readonly Pair[]): AskedItems | undefined {
  const first = pairs.find((pair) => isOf(dimension, pair))
  if (!first) return undefined
  const items = first[1]
    .slice(dimension.length + 1)
    .split(';')
    .filter(Boolean)
  return { as: first[0] as 'dimension' | 'filter', items }
}

function isOf(dimension: string, [name, value]: Pair): boolean {
  const isDimension = name === 'dimension' || name === 'filter'
  return isDimension && (value === dimension || value.startsWith(`${dimension}:`))
}

function isOfDays(dates: readonly string[], pair: Pair): boolean {
  const [name] = pair
  return isOf('pe', pair) || name === 'startDate' || name === 'endDate' || dates.includes(name)
}
