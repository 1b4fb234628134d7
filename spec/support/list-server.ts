import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type ClientOptions, Dhis2Client } from '../../lib/index.ts'

/** A row of a list, and what it is found by. */
export interface ListRow {
  readonly id: string
  readonly day: string
  readonly orgUnit: string
}

export type Kind = 'events' | 'enrollments' | 'trackedEntities'

export interface ListServerOptions {
  /** Default 600. */
  rows?: number
  /** The largest page: `keyAnalyticsMaxLimit`. Default 100,000. */
  limit?: number
  version?: '2.43' | '2.41'
  /** A day that a third of the rows are of. */
  hotDay?: string
  /** Sends metaData behind the rows. */
  late?: boolean
  /** Leaves the pager out. */
  silent?: boolean
  /** Changes an answer of a list before it is sent. */
  change?: (grid: Answer, query: URLSearchParams, nth: number) => void
}

export interface Answer {
  headers: { name: string }[]
  metaData: { pager?: Record<string, unknown> | undefined; [field: string]: unknown }
  rows: string[][]
  height: number
  rowContext?: object
}

/** The hierarchy: a country R, districts A, B and C, two facilities in each. */
const parents: Readonly<Record<string, string>> = Object.fromEntries(
  ['A', 'B', 'C'].flatMap((district) => [
    [district, 'R'],
    [`${district}1`, district],
    [`${district}2`, district],
  ]),
)
const orgUnits = ['R', ...Object.keys(parents)]

/** The ids from the top down to an org unit. */
export function pathOf(orgUnit: string): string[] {
  const parent = parents[orgUnit]
  return [...(parent === undefined ? [] : pathOf(parent)), orgUnit]
}

export const paths: Readonly<Record<Kind, `/api/${string}`>> = {
  events: '/api/analytics/events/query/IpHINAT79UW.json',
  enrollments: '/api/analytics/enrollments/query/IpHINAT79UW.json',
  trackedEntities: '/api/analytics/trackedEntities/query/nEenWmSyUEp.json',
}

export interface ListServer {
  /** What there is, in no order that a client could rely on. */
  readonly table: readonly ListRow[]
  /** The path and query of each request so far, decoded. */
  readonly asked: string[]
  readonly client: Dhis2Client
}

/**
 * A small server of lists, written from what running servers did and apart from the stand-in: it shuffles whatever ties
 * on every request, and drops dates where events are asked for with org units of two levels.
 */
export async function listServer(
  t: TestContext,
  options: ListServerOptions = {},
  clientOptions: Partial<ClientOptions> = {},
): Promise<ListServer> {
  const table = tableOf(options)
  const asked: string[] = []
  let lists = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    asked.push(decodeURIComponent(url.pathname + url.search))
    const [, kind] = /analytics\/(\w+)\/query/.exec(url.pathname) ?? []
    const answer =
      url.pathname === '/api/analytics.json'
        ? frozen(url.searchParams)
        : url.pathname === '/api/organisationUnits.json'
          ? { organisationUnits: orgUnitsOf(url.searchParams.get('filter')!) }
          : listOf(kind as Kind, url.searchParams, table, options)
    const refused = typeof answer === 'string'
    if (!refused && 'rows' in answer && kind) options.change?.(answer as Answer, url.searchParams, ++lists)
    response.writeHead(refused ? 409 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        refused ? { httpStatusCode: 409, status: 'ERROR', message: 'No', errorCode: answer } : answer,
      ),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new Dhis2Client({
    baseUrl: `http://127.0.0.1:${port}`,
    retry: { baseDelayMs: 0 },
    ...clientOptions,
  })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return { table, asked, client }
}

function tableOf({ rows = 600, hotDay }: ListServerOptions): ListRow[] {
  let state = 7
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x80000000
  }
  return Array.from({ length: rows }, (_, at) => ({
    id: `row${String(at).padStart(8, '0')}`,
    day: hotDay !== undefined && random() < 0.33 ? hotDay : dayAt(Math.floor(random() * 1000)),
    orgUnit: orgUnits[Math.floor(random() * orgUnits.length)]!,
  }))
}

function dayAt(daysFrom2023: number): string {
  return new Date(Date.UTC(2023, 0, 1 + daysFrom2023)).toISOString().slice(0, 10)
}

/** What `skipData=true` says: years, the twelve months of 2025, and org units. */
function frozen(query: URLSearchParams) {
  const items: Record<string, object> = {}
  const pe = itemsOf(query, 'pe').flatMap((id) =>
    id === 'LAST_12_MONTHS'
      ? Array.from({ length: 12 }, (_, i) => `2025${String(i + 1).padStart(2, '0')}`)
      : [id],
  )
  for (const id of pe) {
    const [year, month] = [Number(id.slice(0, 4)), Number(id.slice(4))]
    const first = new Date(Date.UTC(year, month ? month - 1 : 0, 1))
    const last = new Date(Date.UTC(year, month || 12, 0))
    const text = (day: Date) => day.toISOString().replace('Z', '')
    items[id] = id.startsWith('2') ? { name: id, startDate: text(first), endDate: text(last) } : {}
  }
  const ou = expanded(itemsOf(query, 'ou'))
  return { headers: [], metaData: { items, dimensions: { pe, ou } }, rows: [], height: 0 }
}

function orgUnitsOf(filter: string) {
  const [, list] = /^id:in:\[(.*)\]$/.exec(filter) ?? []
  const [, parent] = /^parent\.id:eq:(.*)$/.exec(filter) ?? []
  const found = list?.split(',').filter((id) => orgUnits.includes(id))
  const ids = found ?? orgUnits.filter((id) => parents[id] === parent)
  return ids.map((id) => ({ id, level: pathOf(id).length, path: `/${pathOf(id).join('/')}` }))
}

function listOf(
  kind: Kind,
  query: URLSearchParams,
  table: readonly ListRow[],
  { limit = 100_000, version = '2.43', late, silent }: ListServerOptions,
): Answer | string {
  const key =
    kind === 'events'
      ? 'psi'
      : kind === 'enrollments'
        ? 'pi'
        : version === '2.43'
          ? 'trackedentity'
          : 'trackedentityinstanceuid'
  const date = { events: 'eventdate', enrollments: 'enrollmentdate', trackedEntities: 'created' }[kind]
  const counts = query.get('totalPages') ?? String(kind === 'events')
  if (kind === 'enrollments' && counts === 'true' && version === '2.43') return 'E7145'
  const asc = query.get('asc')
  const order = asc ?? query.get('desc')
  if (order !== null && order !== date && (order !== key || kind !== 'trackedEntities')) return 'E7224'
  const units = expanded(itemsOf(query, 'ou'))
  if (units.length === 0) return 'E7143'

  const found = table.filter(
    (row) => isIn(row, units, query.get('ouMode')) && isOn(row, kind, query, units, version),
  )
  const shuffled = found.map((row) => ({ row, by: Math.random() })).sort((a, b) => a.by - b.by)
  const rows = shuffled.map(({ row }) => row)
  const sign = asc === null ? -1 : 1
  if (order === date) rows.sort((a, b) => sign * a.day.localeCompare(b.day))
  if (order === key) rows.sort((a, b) => sign * a.id.localeCompare(b.id))

  const page = Number(query.get('page') ?? 1)
  const pageSize = Math.min(Number(query.get('pageSize') ?? 50), limit)
  const pageCount = Math.ceil(rows.length / pageSize)
  const slice = rows.slice((page - 1) * pageSize, page * pageSize)
  const pager =
    counts === 'true'
      ? { page: Math.min(page, Math.max(1, pageCount)), total: rows.length, pageSize, pageCount }
      : { page, pageSize, isLastPage: slice.length > 0 && page >= pageCount }
  const headers = [key, date, 'ou'].map((name) => ({ name, column: name, valueType: 'TEXT' }))
  const metaData = { ...(!silent && { pager }), items: {}, dimensions: { pe: [], ou: units } }
  const cells = slice.map(({ id, day, orgUnit }) => [id, `${day} 00:00:00.0`, orgUnit])
  return late
    ? { headers, rows: cells, height: cells.length, metaData }
    : { headers, metaData, rows: cells, height: cells.length }
}

function isIn({ orgUnit }: ListRow, units: readonly string[], mode: string | null): boolean {
  return mode === 'SELECTED' ? units.includes(orgUnit) : pathOf(orgUnit).some((id) => units.includes(id))
}

function isOn(
  { day }: ListRow,
  kind: Kind,
  query: URLSearchParams,
  units: readonly string[],
  version: string,
): boolean {
  const levels = new Set(units.map((id) => pathOf(id).length))
  if (kind === 'trackedEntities' || (kind === 'events' && levels.size > 1)) return true
  const pe = itemsOf(query, 'pe').filter((id) => id.startsWith('2'))
  const named =
    kind === 'events' ? ['eventDate', ...(version === '2.43' ? ['occurredDate'] : [])] : ['enrollmentDate']
  const range = named.map((name) => query.get(name)).find((value) => value !== null)
  const [from, to] = pe.length
    ? [`${pe.toSorted()[0]}-01-01`, `${pe.toSorted().at(-1)}-12-31`]
    : (range?.split('_') ?? [query.get('startDate'), query.get('endDate')])
  if (from && to) return day >= from && day <= to
  return kind === 'enrollments' || day.startsWith('2025')
}

function itemsOf(query: URLSearchParams, dimension: string): string[] {
  const asked = [...query.getAll('dimension'), ...query.getAll('filter')]
  return asked.filter((each) => each.startsWith(`${dimension}:`)).flatMap((each) => each.slice(3).split(';'))
}

function expanded(items: readonly string[]): string[] {
  const levels = items.filter((item) => item.startsWith('LEVEL-')).map((item) => Number(item.slice(6)))
  const roots = items
    .map((item) => (item === 'USER_ORGUNIT' ? 'R' : item))
    .filter((item) => orgUnits.includes(item))
  if (levels.length === 0) return [...new Set(roots)]
  return orgUnits.filter(
    (id) =>
      levels.includes(pathOf(id).length) &&
      (roots.length === 0 || pathOf(id).some((each) => roots.includes(each))),
  )
}
