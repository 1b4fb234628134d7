import { type Content, type Endpoint, gridFormats } from './api.ts'
import { asked, type ValueFor } from './asked.ts'
import { type ByteSource, byteSource } from './byte-source.ts'
import type { Format } from './content-types.ts'
import { dataValueSet } from './data-value-set.ts'
import { jsonOf } from './formats.ts'
import { frozen } from './frozen.ts'
import { type GridShape, tableOf } from './grid-bytes.ts'
import { type ListManners, realManners } from './list-manners.ts'
import { type ListWorld, listOf } from './lists.ts'
import { metadataOf } from './metadata.ts'
import { type MetadataTables, metadataList } from './metadata-lists.ts'
import { countryOf, orgUnitsOf } from './org-units.ts'
import { orgUnitTable, outlierTable, sqlViewTable } from './other-tables.ts'
import { pageOf } from './paging.ts'
import { countTable } from './pivot-table.ts'
import { aggregateRefusal, dataValueSetRefusal } from './query-checks.ts'
import { randomFrom } from './random.ts'
import type { Table } from './table.ts'
import { enrollmentTable, eventTable, trackedEntityTable } from './tracker-tables.ts'

/** What there is in the stand-in's database, and how much of it may be had at once. */
export interface DataOptions {
  /**
   * Rows of the raw data, the data value set and the SQL views; default 1000. Where it is given, those of the aggregate grid
   * too, made up whatever the question was; else that has a row for each combination of what it was asked for.
   */
  rows?: number | undefined
  /** What stands in a cell of an aggregate grid that is asked for; undefined is no row. Default a number made up of the question. */
  valueFor?: ValueFor | undefined
  /** Events, enrollments and tracked entities, and the rows of their counts; default 230. */
  eventRows?: number
  /** The same seed gives the same bytes; default 1. */
  seed?: number
  /** Of the aggregate grid; default `narrow`. */
  shape?: GridShape
  /** About so many bytes of metaData in the aggregate grid; default what its ids need. */
  metaDataBytes?: number
  /** An aggregate query with more rows is refused with E7128, but for `ignoreLimit=true`; default no limit. */
  maxRows?: number
  /** A larger `pageSize` is lowered to this without a word; default 100,000. */
  maxPageSize?: number
  /** `paging=false` stops at so many events or enrollments of 2.43 without a word; default 5,001. */
  pagingFalseLimit?: number
  /** What the lists do that nobody would expect; default all of it. */
  manners?: Partial<ListManners>
  /** Whose manners and names they are; default `2.43`. */
  version?: '2.43' | '2.41'
  /**
   * Lists of metadata in place of its own, by their plural: `{ dataElements: [{ id, name, valueType }] }`. They are read anew
   * for each request, so that they can be changed between two pages.
   */
  metadata?: MetadataTables
  /** The server's own day; default `2026-01-15`. */
  today?: string
}

/** The endpoints of a stand-in whose answers are made up. */
export function endpointsOf({
  rows: wantedRows,
  valueFor,
  eventRows = 230,
  seed = 1,
  shape = 'narrow',
  metaDataBytes = 0,
  maxRows = Number.POSITIVE_INFINITY,
  maxPageSize = 100_000,
  pagingFalseLimit = 5001,
  manners = {},
  version = '2.43',
  metadata: ownMetadata = {},
  today = '2026-01-15',
}: DataOptions): Endpoint[] {
  const rows = wantedRows ?? 1000
  const aggregate = once(() => tableOf({ rows, seed, shape, metaDataBytes }))
  const counts = once(() => countTable(eventRows, seed))
  const events = once(() => eventTable(eventRows, seed))
  const enrollments = once(() => enrollmentTable(eventRows, seed))
  const idName = version === '2.43' ? 'trackedentity' : 'trackedentityinstanceuid'
  const trackedEntities = once(() => trackedEntityTable(eventRows, seed, idName))
  const country = countryOf(seed)
  const world: ListWorld = {
    country,
    unitsOf: (items) => orgUnitsOf(items, country),
    today,
    version,
    manners: { ...realManners, ...manners },
    maxPageSize,
    pagingFalseLimit,
    random: randomFrom(seed + 9),
  }

  const answered = (query: URLSearchParams, format: Format) =>
    wantedRows === undefined && (format === 'json' || format === 'csv') && query.has('dimension')
      ? asked(query, { country, today, valueFor }, format)
      : plain(aggregate(), query)

  const metadata = metadataOf(rows, seed)
  const plurals = new Set([...Object.keys(metadata), ...Object.keys(ownMetadata)])
  const lists = Array.from(
    plurals,
    (plural): Endpoint => ({
      path: new RegExp(`^${plural}$`),
      formats: ['json'],
      answer: ({ query, baseUrl }) =>
        metadataList(plural, ownMetadata[plural] ?? metadata[plural]!, query, baseUrl),
    }),
  )

  return [
    {
      path: /^analytics$/,
      formats: gridFormats,
      refusesWith200: true,
      answer: ({ query, format }) =>
        query.get('skipData') === 'true'
          ? frozen(query, country, today)
          : (aggregateRefusal(query, rows, maxRows) ?? answered(query, format)),
    },
    {
      path: /^analytics\/rawData$/,
      formats: ['json', 'csv'],
      suffixRequired: true,
      answer: ({ query }) =>
        aggregateRefusal(query, rows, Number.POSITIVE_INFINITY) ?? plain(aggregate(), query),
    },
    {
      path: /^analytics\/dataValueSet$/,
      formats: ['json', 'csv', 'xml'],
      suffixRequired: true,
      answer: ({ query, format }) => dataValueSetRefusal(query) ?? dataValueSet(format, rows, seed),
    },
    {
      path: /^analytics\/(events|enrollments)\/aggregate\/[^/]+$/,
      formats: gridFormats,
      answer: ({ query }) => plain(counts(), query),
    },
    {
      path: /^analytics\/events\/query\/[^/]+$/,
      formats: gridFormats,
      answer: ({ query }) => listOf('events', events(), query, world),
    },
    {
      path: /^analytics\/enrollments\/query\/[^/]+$/,
      formats: gridFormats,
      answer: ({ query }) => listOf('enrollments', enrollments(), query, world),
    },
    {
      path: /^analytics\/trackedEntities\/query\/[^/]+$/,
      formats: gridFormats,
      answer: ({ query }) => listOf('trackedEntities', trackedEntities(), query, world),
    },
    {
      path: /^analytics\/outlierDetection$/,
      formats: gridFormats,
      answer: ({ query }) => {
        const found = Math.min(Number(query.get('maxResults') ?? 500), 100)
        return { table: outlierTable(found, seed, query.get('algorithm') ?? 'Z_SCORE') }
      },
    },
    {
      path: /^orgUnitAnalytics$/,
      formats: ['json', 'csv', 'xls', 'pdf'],
      answer: ({ query }) => plain(orgUnitTable(seed), query),
    },
    {
      path: /^sqlViews\/[^/]+\/data$/,
      formats: gridFormats,
      answer: ({ query, format }) => {
        const table = sqlViewTable(rows, seed)
        return format === 'json' ? listGrid(table, query) : { table }
      },
    },
    ...lists,
    {
      path: /^me$/,
      formats: ['json'],
      answer: () => byteSource(JSON.stringify(me)),
    },
    {
      // Nobody enters values here: nothing has changed since any day.
      path: /^dataValueSets$/,
      formats: ['json'],
      answer: () => byteSource('{"dataValues":[]}'),
    },
    {
      path: /^system\/info$/,
      formats: ['json'],
      answer: ({ baseUrl }) =>
        byteSource(JSON.stringify({ contextPath: baseUrl, ...systemInfo(version, today) })),
    },
  ]
}

/** Whoever is logged in. */
const me = {
  id: 'xE7jOejl9FI',
  username: 'admin',
  displayName: 'John Traore',
  authorities: ['ALL'],
  organisationUnits: [{ id: 'ImspTQPwCqd', displayName: 'Sierra Leone' }],
  dataViewOrganisationUnits: [],
}

const systemInfo = (version: string, today: string) => ({
  version: `${version}.1`,
  revision: '1f3c0de',
  buildTime: '2025-08-14T10:02:11.000',
  serverDate: `${today}T08:30:00.000`,
  serverTimeZoneId: 'Etc/UTC',
  calendar: 'iso8601',
  dateFormat: 'yyyy-mm-dd',
  systemId: 'eed3d451-4ff5-4193-b951-ffcc68954299',
  systemName: 'DHIS 2 Demo - Sierra Leone',
  lastAnalyticsTableSuccess: `${today}T01:00:00.000`,
  intervalSinceLastAnalyticsTableSuccess: '7 h, 30 m, 0 s',
})

function plain(table: Table, query: URLSearchParams): Content {
  const metaData = query.get('skipMeta') === 'true' ? {} : table.metaData
  return {
    table:
      query.get('skipData') === 'true'
        ? { ...table, metaData, headers: [], rows: 0 }
        : { ...table, metaData },
  }
}

/** The grid of an SQL view lies one level down, its headers near the end. It is a page of 50 unless told otherwise. */
function listGrid(table: Table, query: URLSearchParams): ByteSource {
  const keyOrder = ['metaData', 'headerWidth', 'width', 'title', 'height', 'headers', 'rows'] as const
  const { from, to, pager } = pageOf(query, table.rows, {
    totalPages: true,
    maxPageSize: Number.POSITIVE_INFINITY,
    pagingFalseLimit: Number.POSITIVE_INFINITY,
    leaksLookahead: false,
  })
  const before = pager === undefined ? '' : `"pager":${JSON.stringify(pager)},`
  return byteSource(`{${before}"listGrid":`, jsonOf(table, { keyOrder, from, to }), '}')
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
