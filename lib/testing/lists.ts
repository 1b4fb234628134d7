import type { ListManners } from './list-manners.ts'
import { pageOf } from './paging.ts'
import { type Days, daysOfPeriod, periodsOf } from './periods.ts'
import { conflict, type Refusal } from './query-checks.ts'
import { itemsOfDimension } from './query-items.ts'
import type { Random } from './random.ts'
import type { Table } from './table.ts'
import type { ListTable } from './tracker-tables.ts'
import type { OrgUnit } from './world.ts'

export type ListKind = 'events' | 'enrollments' | 'trackedEntities'

/** What a list is answered from. */
export interface ListWorld {
  /** All org units, from the top down. */
  readonly country: readonly OrgUnit[]
  readonly unitsOf: (items: readonly string[]) => readonly OrgUnit[]
  readonly today: string
  readonly version: '2.43' | '2.41'
  readonly manners: ListManners
  /** The largest page; 0 for none. */
  readonly maxPageSize: number
  /** Where `paging=false` stops on 2.43. */
  readonly pagingFalseLimit: number
  /** What ties are shuffled by: it goes on from request to request. */
  readonly random: Random
}

/** The dates that a list is narrowed by, and the columns that they are in. */
const dateColumns: Readonly<Record<ListKind, Readonly<Record<string, string>>>> = {
  events: {
    eventDate: 'eventdate',
    occurredDate: 'eventdate',
    scheduledDate: 'scheduleddate',
    enrollmentDate: 'enrollmentdate',
    incidentDate: 'incidentdate',
    lastUpdated: 'lastupdated',
  },
  enrollments: {
    enrollmentDate: 'enrollmentdate',
    incidentDate: 'incidentdate',
    occurredDate: 'incidentdate',
    lastUpdated: 'lastupdated',
  },
  trackedEntities: { created: 'created', lastUpdated: 'lastupdated' },
}

/** What a list may be asked in the order of, beside the columns that are no ids; 2.41 lacks the first two. */
const newOrders = ['created', 'completed']
const ids = ['psi', 'event', 'pi', 'tei', 'ou', 'trackedentity', 'trackedentityinstanceuid']

/** One page of a list, as a running server cuts it. */
export function listOf(
  kind: ListKind,
  table: ListTable,
  query: URLSearchParams,
  world: ListWorld,
): { table: Table; from: number; to: number } | Refusal {
  const { manners, version, maxPageSize } = world
  const counts = query.get('totalPages') ?? String(kind === 'events')
  if (kind === 'enrollments' && counts === 'true' && version === '2.43' && manners.canNotCount) {
    return conflict('E7145', 'Query failed because of a syntax error (SqlState: 42703)')
  }
  const asked = itemsOfDimension(query, 'ou')
  const units = asked ? world.unitsOf(asked) : world.country.slice(0, 1)
  if (units.length === 0) return conflict('E7143', 'Org units not found')
  if (kind === 'trackedEntities' && itemsOfDimension(query, 'pe')) {
    return conflict('E7222', 'Dimension is not valid: `pe`')
  }
  const orders = ordersOf(query)
  const refused = orders.find(({ name }) => !isOrder(kind, table, name, version))
  if (refused && manners.refusesOrders) {
    return conflict(
      'E7224',
      `Item identifier does not reference any data element or attribute: \`${refused.name}\``,
    )
  }

  const picked = picksOf(kind, table, query, units, world)
  if (manners.shufflesTies) shuffle(picked, world.random)
  // The first counts most: what ties in it is in the order of the next.
  for (const { name, sign } of orders.toReversed()) sort(picked, table, name, sign)
  const keyOf = (open: string, between: string) => {
    const textOf = table.keys(open, between)
    return (row: number) => textOf(picked[row]!)
  }
  const page = pageOf(query, picked.length, {
    totalPages: kind === 'events',
    maxPageSize: maxPageSize === 0 && !manners.emptiesPages ? Number.POSITIVE_INFINITY : maxPageSize,
    pagingFalseLimit: limitOf(kind, world),
    leaksLookahead: kind === 'trackedEntities' && manners.leaksLookahead,
  })
  const { pager, from, to } = page
  const { dimensions } = table.metaData as { dimensions: object }
  const full = { ...table.metaData, dimensions: { ...dimensions, ou: units.map(({ id }) => id) } }
  const metaData =
    query.get('skipMeta') === 'true' ? { ...(pager && { pager }) } : { ...(pager && { pager }), ...full }
  const listed = {
    ...table,
    headers: query.get('skipHeaders') === 'true' ? [] : table.headers,
    metaData,
    rows: picked.length,
    keys: keyOf,
    turnOf: (row: number) => picked[row]! % table.turns.length,
  }
  return { table: listed, from, to }
}

function ordersOf(query: URLSearchParams): { name: string; sign: number }[] {
  return [...query].flatMap(([parameter, value]) =>
    parameter === 'asc' || parameter === 'desc'
      ? value.split(',').map((name) => ({ name, sign: parameter === 'asc' ? 1 : -1 }))
      : [],
  )
}

function isOrder(kind: ListKind, { headers }: ListTable, name: string, version: string): boolean {
  if (kind === 'trackedEntities' && name === headers[0]!.name) return true
  if (newOrders.includes(name)) return version === '2.43'
  return !ids.includes(name) && headers.some((header) => header.name === name)
}

function limitOf(kind: ListKind, { version, manners, maxPageSize, pagingFalseLimit }: ListWorld): number {
  if (!manners.stopsUnpaged) return Number.POSITIVE_INFINITY
  if (version === '2.43' && kind !== 'trackedEntities') return pagingFalseLimit
  return kind === 'enrollments' ? maxPageSize : maxPageSize + 1
}

/** The numbers of the rows that a query is about. */
function picksOf(
  kind: ListKind,
  table: ListTable,
  query: URLSearchParams,
  units: readonly OrgUnit[],
  world: ListWorld,
): number[] {
  const levels = new Set(units.map(({ level }) => level))
  const forgets = kind === 'events' && levels.size > 1 && world.manners.forgetsDates
  const { column, spans } = daysAsked(kind, table, query, world)
  const at = columnAt(table, column)
  const chosen = new Set(units.map(({ id }) => id))
  const mode = query.get('ouMode') ?? 'DESCENDANTS'
  const reach = mode === 'SELECTED' ? -1 : mode === 'CHILDREN' ? -2 : 0
  const isWanted = table.turns.map((turn, i) => {
    const day = String(turn[at] ?? '').slice(0, 10)
    const isThen = forgets || !spans || spans.some(({ from, to }) => day >= from && day <= to)
    return isThen && table.places[i]!.ids.slice(reach).some((id) => chosen.has(id))
  })
  const picked: number[] = []
  for (let row = 0; row < table.rows; row++) if (isWanted[row % isWanted.length]) picked.push(row)
  return picked
}

/** Which days of which column a query is about; no spans for all days. */
function daysAsked(
  kind: ListKind,
  table: ListTable,
  query: URLSearchParams,
  { today, version, manners }: ListWorld,
): { column: string; spans: readonly Days[] | undefined } {
  const day = query.get('relativePeriodDate') ?? today
  const daysIn = (items: readonly string[]) =>
    items.flatMap((item) =>
      item.includes('_') && /^\d/.test(item)
        ? [{ from: item.split('_')[0]!, to: item.split('_')[1]! }]
        : periodsOf(item, day).flatMap((id) => daysOfPeriod(id) ?? []),
    )
  const usual = kind === 'events' ? 'eventdate' : 'enrollmentdate'
  const named = Object.entries(dateColumns[kind]).flatMap(([name, column]) => {
    const values = query.getAll(name)
    const isRead = (name !== 'occurredDate' || version === '2.43') && columnAt(table, column) >= 0
    return values.length && isRead
      ? [{ column, spans: daysIn(values.flatMap((value) => value.split(/[;,]/))) }]
      : []
  })
  if (kind === 'trackedEntities') return named[0] ?? { column: usual, spans: undefined }
  const asDimension = itemsOfDimension(query, 'pe', 'dimension')
  const asFilter = itemsOfDimension(query, 'pe', 'filter')
  const pe = asDimension ?? asFilter
  const inPeriods = pe && { column: usual, spans: manners.joinsPeriods ? joined(daysIn(pe)) : daysIn(pe) }
  // As a filter they narrow a date of its own, but not startDate and endDate.
  if (inPeriods && !asDimension && named[0]?.column === usual) {
    return { column: usual, spans: common(inPeriods.spans, named[0].spans) }
  }
  if (inPeriods && manners.periodsWin) return inPeriods
  const [from, to] = [query.get('startDate'), query.get('endDate')]
  if (named.length > 1)
    return { column: named[0]!.column, spans: joined(named.flatMap(({ spans }) => spans)) }
  if (named[0]) return named[0]
  if (from && to) return { column: usual, spans: [{ from, to }] }
  if (inPeriods) return inPeriods
  const usually = kind === 'events' && manners.defaultsToLastYear
  return { column: usual, spans: usually ? daysIn(['LAST_12_MONTHS']) : undefined }
}

function common(some: readonly Days[], others: readonly Days[]): Days[] {
  return some.flatMap((a) =>
    others.flatMap((b) => {
      const [from, to] = [a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to]
      return from <= to ? [{ from, to }] : []
    }),
  )
}

function joined(spans: readonly Days[]): Days[] {
  const edges = spans.flatMap(({ from, to }) => [from, to]).toSorted()
  return edges.length ? [{ from: edges[0]!, to: edges.at(-1)! }] : []
}

function shuffle(rows: number[], random: Random): void {
  for (let i = rows.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const row = rows[i]!
    rows[i] = rows[other]!
    rows[other] = row
  }
}

/** Where a column stands in the turns of a table. Made-up tables have no `created` and `completed`. */
function columnAt({ headers }: ListTable, column: string): number {
  const found = headers.findIndex(({ name }) => name === column)
  const at =
    found === -1 && newOrders.includes(column)
      ? headers.findIndex(({ name }) => name === 'lastupdated')
      : found
  return at - 1
}

/** By a column; rows that tie keep their places. */
function sort(rows: number[], table: ListTable, order: string, sign: number): void {
  const at = columnAt(table, order)
  const keyOf = table.keys('', '')
  const textOf = (row: number) =>
    at === -1 ? keyOf(row) : String(table.turns[row % table.turns.length]![at] ?? '')
  const texts = new Map(rows.map((row) => [row, textOf(row)]))
  rows.sort((a, b) => {
    const [left, right] = [texts.get(a)!, texts.get(b)!]
    return left < right ? -sign : left > right ? sign : 0
  })
}
