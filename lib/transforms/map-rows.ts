import { z } from 'zod'
import { isPromise, refusePromise } from '../checks/callback.ts'
import { functionSchema, type Shape, validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'
import type { Header, Row } from '../grid/grid.ts'
import { misfit, type RowPlanner, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import type { Upstream } from '../rows/upstream.ts'

/** Names of columns, or whole headers. */
export type NewHeaders = readonly (string | Header)[]

export interface MapRowsOptions extends StreamOptions {
  /** What the rows are afterwards, or how that follows from what they were. Default as before. */
  headers?: NewHeaders | ((headers: readonly Header[]) => NewHeaders) | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  fn: functionSchema(),
  headers: z
    .union([
      z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).readonly(),
      z.custom<(headers: readonly Header[]) => NewHeaders>((value) => typeof value === 'function'),
    ])
    .optional(),
} satisfies Shape<MapRowsOptions & { fn: unknown }>)

/**
 * Rows or objects in, what `fn` makes of each out; null and undefined drop it. `fn` gets the row and its number, from 1,
 * and answers at once: what has to wait belongs in an async generator.
 *
 * What it is for, beside a generator: the headers stay announced, those given as `headers` if the columns are others
 * now. Behind a generator it announces them again: `mapRows((row) => row, { headers: ['ou', 'value'] })`.
 *
 * What `fn` throws fails the stream, and so does a RowError where an array is not as long as there are headers.
 */
export function mapRows<Out, In = Row>(
  fn: (row: In, rowNumber: number) => Out,
  options: MapRowsOptions = {},
): TransformTo<NonNullable<Out>, In> {
  const { headers: wanted, ...rest } = options
  validate(schema, { ...options, fn }, 'mapRows')
  const planner: RowPlanner = (upstream) => {
    const headers = newHeaders(upstream, wanted)
    const width = headers?.length ?? 0
    return {
      headers,
      step(row, rowNumber) {
        const made: unknown = fn(row as In, rowNumber)
        if (isPromise(made)) {
          made.then(undefined, () => undefined)
          throw new QueryError(
            'mapRows: the function answers with a promise; use an async generator for that',
          )
        }
        if (width > 0 && Array.isArray(made) && made.length !== width) {
          throw misfit(made, width, rowNumber, '; say what they are in headers')
        }
        return made
      },
    }
  }
  return rowStage('mapRows', rest, planner, {
    gives: (upstream) => (upstream === 'records' ? 'records' : 'rows'),
  })
}

/** What is made of batches is whatever it is, and has no headers but those that are said. */
function newHeaders(
  { headers, gives }: Upstream,
  wanted: MapRowsOptions['headers'],
): readonly Header[] | undefined {
  if (wanted === undefined) return gives === 'batches' ? undefined : headers
  const made = typeof wanted === 'function' ? wanted(headers ?? []) : wanted
  refusePromise('mapRows: headers', made)
  if (!Array.isArray(made)) throw new QueryError('mapRows: headers must be a list of names or headers')
  return made.map((header) => (typeof header === 'string' ? { name: header } : header))
}
