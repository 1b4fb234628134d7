import { z } from 'zod'
import { QueryError } from '../errors.ts'
import type { Row } from '../grid/grid.ts'
import { functionSchema, validate } from '../validate.ts'
import { mapRows } from './map-rows.ts'
import type { TransformTo } from './row-stream.ts'
import { type StreamOptions, streamOptionsShape } from './stream-options.ts'

const schema = z.strictObject({
  ...streamOptionsShape,
  keep: functionSchema(),
})

/**
 * Rows or objects in, those for which `keep` is true out; headers are announced onward as they are. `keep` gets the row
 * and its number, from 1: `filterRows(([, , , value]) => Number(value) > 0)`. It answers at once, with a boolean.
 */
export function filterRows<T = Row>(
  keep: (row: T, rowNumber: number) => boolean,
  options: StreamOptions = {},
): TransformTo<T> {
  validate(schema, { ...options, keep }, 'filterRows')
  return mapRows<T | undefined, T>((row, rowNumber) => {
    const answer: unknown = keep(row, rowNumber)
    if (typeof answer === 'boolean') return answer ? row : undefined
    throw new QueryError(`filterRows: the function has to answer true or false, not with a ${typeof answer}`)
  }, options) as TransformTo<T>
}
