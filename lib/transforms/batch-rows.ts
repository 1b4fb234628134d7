import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import type { Row } from '../grid/grid.ts'
import { rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

const schema = z.strictObject({
  ...streamOptionsShape,
  size: z.int({ error: 'must be a whole number, 1 or more' }).min(1),
} satisfies Shape<StreamOptions & { size: unknown }>)

/**
 * Rows or objects in, arrays of `size` of them out, the last one with what is left: for sinks that insert in bulk. The
 * headers are announced onward, and are those of the rows in the arrays.
 *
 * `highWaterMark` counts batches here; default 1 waits for a slow reader, with another being filled.
 */
export function batchRows<T = Row>(size: number, options: StreamOptions = {}): TransformTo<T[], T> {
  const { size: checked, ...rest } = validate(schema, { ...options, size }, 'batchRows')
  return rowStage<T[], T>(
    'batchRows',
    rest,
    ({ headers }) => {
      let batch: unknown[] = []
      const taken = () => {
        const full = batch
        batch = []
        return full
      }
      return {
        headers,
        step(row) {
          batch.push(row)
          return batch.length === checked ? taken() : undefined
        },
        end: () => (batch.length ? [taken()] : []),
      }
    },
    { readableHighWaterMark: 1, gives: () => 'batches' },
  )
}
