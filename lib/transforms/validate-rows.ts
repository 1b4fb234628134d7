import { z } from 'zod'
import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { validate } from '../validate.ts'
import { rowStage } from './row-stage.ts'
import type { TransformTo } from './row-stream.ts'
import { type StreamOptions, streamOptionsShape } from './stream-options.ts'

const optionsSchema = z.strictObject(streamOptionsShape)

/**
 * Rows or objects in, what a zod schema (version 4, also zod/mini) makes of each out, and of that type:
 * `validateRows(z.tuple([z.string(), z.string(), z.string(), z.number()]))` behind `castCells()`, or
 * `validateRows(z.object({ ou: z.string(), value: z.number() }))` behind `toObjects()`. The headers are announced onward
 * as they are, so the schema has to make rows of rows and objects of objects.
 *
 * The stream fails with a RowError at the first row that does not fit; its `cause` is zod's own error.
 */
export function validateRows<Schema extends z.core.$ZodType>(
  schema: Schema,
  options: StreamOptions = {},
): TransformTo<z.output<Schema>> {
  return rowStage(validate(optionsSchema, options, 'validateRows') as StreamOptions, (headers) => ({
    headers,
    step(row, rowNumber) {
      const result = z.safeParse(schema, row)
      if (!result.success) throw misfit(result.error, rowNumber, headers)
      if (Array.isArray(result.data) === Array.isArray(row)) return result.data
      throw new QueryError(
        'validateRows: the schema makes objects of arrays, or arrays of objects; use toObjects or mapRows for that',
      )
    },
  }))
}

function misfit(
  error: z.core.$ZodError,
  rowNumber: number,
  headers: readonly Header[] | undefined,
): RowError {
  const { path, message } = error.issues[0]!
  const [place] = path
  const column = typeof place === 'number' ? (headers?.[place]?.name ?? `[${place}]`) : path.join('.')
  return new RowError(message, { rowNumber, column: column || undefined, cause: error })
}
