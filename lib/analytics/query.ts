import { z } from 'zod'
import { QueryError } from '../errors.ts'
import { validate } from '../validate.ts'

const formats = ['json', 'csv', 'xml', 'html', 'xls', 'xlsx'] as const
type Format = (typeof formats)[number]
type WithFormat<Path extends string> = Path | `${Path}.${Format}`

/**
 * Path of an analytics endpoint, with the suffix that decides its format and any sub-resource. The known ones
 * complete in an editor; any other path on the server is taken too.
 */
export type AnalyticsEndpoint =
  | WithFormat<'/api/analytics'>
  | `/api/analytics/rawData.${'json' | 'csv'}`
  | `/api/analytics/dataValueSet.${'json' | 'csv' | 'xml'}`
  | WithFormat<'/api/analytics/outlierDetection'>
  | `/api/analytics/events/query/${string}`
  | `/api/analytics/events/aggregate/${string}`
  | `/api/analytics/enrollments/query/${string}`
  | `/api/analytics/enrollments/aggregate/${string}`
  | `/api/analytics/trackedEntities/query/${string}`
  | `/api/orgUnitAnalytics${'' | '.json' | '.csv' | '.xls' | '.pdf'}`
  | (string & Record<never, never>)

/** Items of a dimension: one, several in one string (`'a;b'`), or a list. */
export type Items = string | readonly string[]

type ParamValue = string | number | boolean

/** Any further parameters, forwarded as they are. Lists and repeated pairs become repeated parameters. */
export type QueryParams =
  | Readonly<Record<string, ParamValue | readonly ParamValue[] | undefined>>
  | readonly (readonly [string, ParamValue])[]
  | URLSearchParams

/** One question to a DHIS2 server, for `stream`, `rows`, `aggregate` and `streamTo` alike. */
export interface AnalyticsQuery {
  /** Default `/api/analytics.json`. */
  endpoint?: AnalyticsEndpoint | undefined
  /** Data: data elements, indicators, … Sent as `dimension=dx:a;b`. */
  dx?: Items | undefined
  /** Periods, ISO (`202401`) or relative (`LAST_12_MONTHS`). */
  pe?: Items | undefined
  /** Organisation units: ids, `USER_ORGUNIT`, `LEVEL-3`, … */
  ou?: Items | undefined
  /** Any other dimension; an empty list asks for all of its items: `{ co: [], J5jldMd8OHv: ['uYxK4wmcPqA'] }`. */
  dimension?: Readonly<Record<string, Items>> | undefined
  /** What narrows the answer without being a column of it. */
  filter?: Readonly<Record<string, Items>> | undefined
  params?: QueryParams | undefined
}

const item = z.string({ error: 'must be a non-empty string' }).refine((text) => text.trim() !== '', {
  error: 'must not be empty; leave it out if you do not ask for it',
})

const items = z.union([item, z.array(item).min(1).readonly()], {
  error: 'must be a non-empty string or a non-empty list of them; leave it out if you do not ask for it',
})

const dimensions = z.record(item, z.union([item, z.array(item).readonly()]), {
  error: 'must be an object of dimension to item or list of items',
})

const value = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a string, number or boolean',
})

const params = z.union(
  [
    z.instanceof(URLSearchParams),
    z.array(z.tuple([item, value]).readonly()).readonly(),
    z.record(item, z.union([value, z.array(value).min(1).readonly()]).optional()),
  ],
  {
    error:
      'must be an object of values or non-empty lists, a list of [name, value] pairs, or URLSearchParams',
  },
)

const querySchema = z.strictObject(
  {
    endpoint: z.string({ error: "must be a path like '/api/analytics.json'" }).optional(),
    dx: items.optional(),
    pe: items.optional(),
    ou: items.optional(),
    dimension: dimensions.optional(),
    filter: dimensions.optional(),
    params: params.optional(),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}; other parameters go into params, other dimensions into dimension`
        : 'must be an object such as { dx, pe, ou }',
  },
)

/** Where a query goes and what it asks, checked and percent-encoded. */
export interface Target {
  readonly endpoint: string
  readonly search: string
}

/** @throws QueryError that names the part that is wrong. */
export function targetOf(given: AnalyticsQuery): Target {
  const query = validate(querySchema, given, 'Query') as AnalyticsQuery
  const pairs: [string, string][] = []
  for (const dimension of ['dx', 'pe', 'ou'] as const) {
    const asked = query[dimension]
    if (asked === undefined) continue
    if (query.dimension && Object.hasOwn(query.dimension, dimension)) {
      throw new QueryError(`Query: ${dimension} is asked for twice; leave it out of dimension`)
    }
    pairs.push(['dimension', dimensionOf(dimension, asked)])
  }
  for (const [name, asked] of Object.entries(query.dimension ?? {})) {
    pairs.push(['dimension', dimensionOf(name, asked)])
  }
  for (const [name, asked] of Object.entries(query.filter ?? {}))
    pairs.push(['filter', dimensionOf(name, asked)])
  pairs.push(...pairsOf(query.params ?? []))
  return { endpoint: query.endpoint ?? '/api/analytics.json', search: pairs.map(encoded).join('&') }
}

function dimensionOf(name: string, asked: Items): string {
  const list = typeof asked === 'string' ? asked : asked.join(';')
  return list === '' ? name : `${name}:${list}`
}

function pairsOf(params: QueryParams): [string, string][] {
  if (params instanceof URLSearchParams) return [...params]
  const entries = Array.isArray(params) ? (params as [string, ParamValue][]) : Object.entries(params)
  return entries.flatMap(([name, given]) =>
    given === undefined ? [] : [given].flat().map((one): [string, string] => [name, String(one)]),
  )
}

function encoded(pair: [string, string]): string {
  try {
    return pair.map(encodeURIComponent).join('=')
  } catch (cause) {
    throw new QueryError(`Query: ${pair[0]} holds half a surrogate pair, which no URL can carry`, { cause })
  }
}
