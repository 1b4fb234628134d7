import { z } from 'zod'
import { validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'
import { type Pair, readable, refuseMixedRoots } from './dimension-text.ts'
import { checkParameters, checkSuffix, isAnalytics } from './endpoint-table.ts'
import { refuseCrossedFilter } from './operands.ts'
import type { Paging } from './paging.ts'
import { readableParameters } from './parameter-text.ts'
import { type AggregateParameters, aggregateParameters } from './parameters.ts'
import type { RelativePeriod } from './relative-periods.ts'
import { visible } from './visible-text.ts'

/** What analytics can be written in. */
export const formats = ['json', 'csv', 'xml', 'html', 'xls', 'xlsx'] as const
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

/** Items of the period dimension. Relative periods complete in an editor; any other text is taken too. */
export type Periods = Period | readonly Period[]
type Period = RelativePeriod | (string & Record<never, never>)

/**
 * Dimensions by name, each with its items: `{ co: [], J5jldMd8OHv: ['uYxK4wmcPqA'] }`, where an empty list asks for all
 * of them. Or whole dimensions as text: `['co', where('qrur9Dvnyt5', { GT: 5 })]`.
 */
export type Dimensions = Readonly<Record<string, Items>> | readonly string[]

export type ParamValue = string | number | boolean

/** Any further parameters, forwarded as they are. Lists and repeated pairs become repeated parameters. */
export type QueryParams =
  | Readonly<Record<string, ParamValue | readonly ParamValue[] | undefined>>
  | readonly (readonly [string, ParamValue])[]
  | URLSearchParams

/**
 * One question to a DHIS2 server, for `stream`, `rows`, `aggregate` and `streamTo` alike. Parameters of `/api/analytics`
 * have names, `skipMeta: true`, which other endpoints take as far as they read them.
 */
export interface AnalyticsQuery extends AggregateParameters {
  /** Default `/api/analytics.json`. */
  endpoint?: AnalyticsEndpoint | undefined
  /** Data: data elements, indicators, … Sent as `dimension=dx:a;b`. */
  dx?: Items | undefined
  /** Periods, ISO (`202401`) or relative (`LAST_12_MONTHS`). */
  pe?: Periods | undefined
  /** Organisation units: ids, `USER_ORGUNIT`, `LEVEL-3`, … */
  ou?: Items | undefined
  /** Any other dimension. */
  dimension?: Dimensions | undefined
  /** What narrows the answer without being a column of it. */
  filter?: Dimensions | undefined
  /** Parameters without a name here. One that is given by its name too, with another value, is refused. */
  params?: QueryParams | undefined
  /**
   * How the whole list of an events, enrollments or tracked entities query is asked for by `rows` and `aggregate`:
   * `paging: { pageSize: 5000 }`. Not beside `page` and `pageSize` in `params`, which ask for one page.
   */
  paging?: Paging | undefined
  /**
   * Whether `rows`, `aggregate` and `table` ask in pieces, beside each other, as large as the server takes them, in place
   * of one request: for more than one answer holds. Rows come in no order. Default false.
   */
  split?: boolean | undefined
}

const leaveOut = 'leave it out if you do not ask for it'
const item = z
  .string({ error: 'must be a non-empty string' })
  .refine((text) => visible(text) !== '', { error: `must not be empty; ${leaveOut}` })
/** A file that is cut into lines ends in an empty one: whether that is all that is missing, its reader knows. */
const lines = z.array(item).readonly()

const items = z.union(
  [item, lines.refine((list) => list.length > 0, { error: `must not be an empty list; ${leaveOut}` })],
  { error: `must be a non-empty string or a non-empty list of them; ${leaveOut}` },
)

const namedDimensions = z.record(item, z.union([item, lines]), {
  error: 'must be an object of dimension to item or list of items, or a list of whole dimensions',
})

/** Not a union, whose error would not say where in either of them. */
const dimensions = z.unknown().check((context) => {
  const schema = Array.isArray(context.value) ? lines : namedDimensions
  const { error } = schema.safeParse(context.value)
  for (const issue of error?.issues ?? []) context.issues.push({ ...issue, input: context.value } as never)
})

const value = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a string, number or boolean',
})

/** Of `params`, which the questions of endpoints have too. */
export const paramsSchema = z.union(
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
    ...z.object(aggregateParameters).partial().shape,
    endpoint: z.string({ error: "must be a path like '/api/analytics.json'" }).optional(),
    dx: items.optional(),
    pe: items.optional(),
    ou: items.optional(),
    dimension: dimensions.optional(),
    filter: dimensions.optional(),
    params: paramsSchema.optional(),
    paging: z
      .strictObject(
        { pageSize: z.int({ error: 'must be a whole number of rows, 1 or more' }).min(1).optional() },
        { error: 'must be an object such as { pageSize: 5000 }' },
      )
      .optional(),
    split: z.boolean({ error: 'must be true or false' }).optional(),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}; other parameters go into params, other dimensions into dimension`
        : 'must be an object such as { dx, pe, ou }',
  },
)

const named = Object.keys(aggregateParameters) as (keyof AggregateParameters)[]

/** Where a query goes and what it asks, checked. */
export interface Target {
  readonly endpoint: string
  /** Its parameters, in their order. */
  readonly pairs: readonly Pair[]
  /** The same as they stand in a URL. */
  readonly search: string
  readonly paging: Paging | undefined
  /** Whether it is asked in pieces. */
  readonly split?: boolean | undefined
}

/** @throws QueryError that names the part that is wrong. */
export function targetOf(question: AnalyticsQuery, usual = '/api/analytics.json'): Target {
  const query = validate(querySchema, question, 'Query') as AnalyticsQuery
  const asked = (['dx', 'pe', 'ou'] as const).flatMap((name) => {
    const items = query[name]
    return items === undefined ? [] : [dimensionOf(name, items)]
  })
  const endpoint = query.endpoint ?? usual
  checkSuffix(endpoint)
  const given = [
    ...[...asked, ...dimensionsOf(query.dimension)].map((text): Pair => ['dimension', text]),
    ...dimensionsOf(query.filter).map((text): Pair => ['filter', text]),
    ...pairsOf(Object.fromEntries(named.map((name) => [name, query[name]]))),
    ...pairsOf(query.params ?? []),
  ]
  checkParameters(endpoint, [...new Set(given.map(([name]) => name))])
  const pairs = isAnalytics(endpoint) ? readable(readableParameters(endpoint, given)) : given
  refuseCrossedFilter(pairs)
  return { endpoint, pairs, search: searchOf(pairs), paging: query.paging, split: query.split }
}

/** Parameters as they stand in a URL, percent-encoded but for `:` and `;`, which a query may hold, and many of ours do. */
export function searchOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(encoded).join('&')
}

function dimensionsOf(dimensions: Dimensions = []): string[] {
  if (Array.isArray(dimensions)) return [...dimensions]
  return Object.entries(dimensions).map(([name, asked]) => dimensionOf(name, asked))
}

function dimensionOf(name: string, asked: Items): string {
  if (visible(name) === 'ou' && typeof asked !== 'string') refuseMixedRoots(asked)
  const list = typeof asked === 'string' ? asked : asked.join(';')
  return list === '' ? name : `${name}:${list}`
}

/** Parameters as pairs, in their order; what is undefined is left out. */
export function pairsOf(params: QueryParams): [string, string][] {
  if (params instanceof URLSearchParams) return [...params]
  const entries = Array.isArray(params) ? (params as [string, ParamValue][]) : Object.entries(params)
  return entries.flatMap(([name, given]) =>
    given === undefined ? [] : [given].flat().map((one): [string, string] => [name, String(one)]),
  )
}

function encoded(pair: readonly [string, string]): string {
  try {
    return pair.map(encodeURIComponent).join('=').replaceAll('%3A', ':').replaceAll('%3B', ';')
  } catch (cause) {
    throw new QueryError(`Query: ${pair[0]} holds half a surrogate pair, which no URL can carry`, { cause })
  }
}
