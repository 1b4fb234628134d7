import { z } from 'zod'
import { checkedId } from '../checks/dhis2-id.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { type CallOptions, callOptionsSchema } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { chain } from '../rows/chain.ts'
import type { RowStream } from '../rows/row-stream.ts'
import { ViewParser } from './view-parser.ts'

type Value = string | number | boolean

/** Which rows and columns of an SQL view. */
export interface SqlViewQuery {
  /** What columns must hold, for views and materialized views: `{ level: 4 }`. Text without `:` and `,`. */
  criteria?: Readonly<Record<string, Value>> | undefined
  /** What stands for the variables, for views that are queries: letters of any script, digits, `-`, `_` and spaces. */
  variables?: Readonly<Record<string, Value>> | undefined
  /** Conditions, as DHIS2 filters objects: `['orgunit_level:eq:2', 'orgunit_name:ilike:bo']`. All must be true. */
  filters?: readonly string[] | undefined
  /** The columns wanted. Default all. */
  fields?: readonly string[] | undefined
  /** Anything else, as it is. */
  params?: Readonly<Record<string, Value>> | undefined
}

const name = /^[^:,\s][^:,]*$/
const text = z.string({ error: 'must be text' })
const value = z.union([text, z.number(), z.boolean()], { error: 'must be text, a number, true or false' })
const named = (allowed: RegExp, error: string) =>
  z.record(
    text.regex(name, { error: 'must be a name without : and ,' }),
    value.refine((given) => allowed.test(String(given)), { error }),
  )

const schema = z.strictObject(
  {
    // The server splits at these, and drops what it can't read: the view would come unfiltered.
    criteria: named(/^[^:,]+$/, 'must not be empty nor hold : or ,').optional(),
    variables: named(/^[\p{L}\p{M}\p{N}_\s-]+$/u, 'must be of letters, digits, -, _ and spaces').optional(),
    filters: z
      .array(text.regex(/^[^:]+:[^:]+(:.*)?$/s, { error: "must be like 'orgunit_level:eq:2'" }))
      .readonly()
      .optional(),
    fields: z.array(text.min(1)).readonly().optional(),
    params: z
      .record(
        text.refine((key) => !['page', 'pageSize', 'paging', 'skipPaging'].includes(key), {
          error: 'rows() gives all rows; leave out what asks for a page',
        }),
        value,
      )
      .optional(),
  } satisfies Shape<SqlViewQuery>,
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}; other parameters go into params`
        : 'must be an object such as { criteria, variables, filters }',
  },
)

/** The SQL views of one server. Get it as `client.sqlViews`. */
export class SqlViews {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /**
   * All rows of an SQL view, one by one, as a row stream. Cells are what the database gave: text, numbers, booleans,
   * null, or JSON, which `toCsv` writes as JSON text.
   *
   * `GET /api/sqlViews/<id>/data.json?paging=false`: without that the server would send 50 rows. A view or materialized
   * view has to be created on the server before.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family, among them a
   * TruncatedResponseError where the server sends a page nevertheless.
   */
  rows(id: string, query: SqlViewQuery = {}, options: CallOptions = {}): RowStream {
    const call = validate(callOptionsSchema, options, 'rows options')
    const search = searchOf(validate(schema, query, 'SQL view') as SqlViewQuery)
    const endpoint = `/api/sqlViews/${checkedId('sqlViews.rows', id)}/data.json`
    const body = this.#server.body(this.#server.prepare(endpoint, search, call), call)
    return chain(body, new ViewParser(body.request, call.signal))
  }
}

function searchOf({ criteria = {}, variables = {}, filters = [], fields = [], params = {} }: SqlViewQuery) {
  const pairs = (parameter: string, values: Readonly<Record<string, Value>>) =>
    Object.entries(values).map(([key, given]) => [parameter, `${key}:${given}`])
  return new URLSearchParams([
    ...pairs('criteria', criteria),
    ...pairs('var', variables),
    ...filters.map((filter) => ['filter', filter]),
    ...(fields.length ? [['fields', fields.join(',')]] : []),
    ...Object.entries(params).map(([key, given]) => [key, String(given)]),
    ['paging', 'false'],
  ] as [string, string][]).toString()
}
