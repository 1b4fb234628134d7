import { z } from 'zod'
import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { misfit, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { validate } from '../validate.ts'

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
  const checked = validate(optionsSchema, options, 'validateRows') as StreamOptions
  return rowStage('validateRows', checked, ({ headers, gives }) => ({
    headers,
    step(row, rowNumber) {
      const { data, error } = parsed(schema, row)
      if (error) throw unfit(error, rowNumber, headers)
      if (Array.isArray(data) !== Array.isArray(row)) {
        throw new QueryError(
          'validateRows: the schema makes objects of arrays, or arrays of objects; use toObjects or mapRows for that',
        )
      }
      if (headers && gives !== 'batches' && Array.isArray(data) && data.length !== headers.length) {
        throw misfit(data, headers.length, rowNumber, '; use selectColumns or mapRows for that')
      }
      return data
    },
  }))
}

function parsed(schema: z.core.$ZodType, row: unknown) {
  try {
    return z.safeParse(schema, row)
  } catch (cause) {
    if (!(cause instanceof z.core.$ZodAsyncError)) throw cause
    throw new QueryError('validateRows: the schema must not be async: what it gives is needed at once', {
      cause,
    })
  }
}

function unfit(error: z.core.$ZodError, rowNumber: number, headers: readonly Header[] | undefined): RowError {
  const { path, message } = error.issues[0]!
  const [place] = path
  const column = typeof place === 'number' ? (headers?.[place]?.name ?? `[${place}]`) : path.join('.')
  return new RowError(message, { rowNumber, column: column || undefined, cause: error })
}
