import { z } from 'zod'
import { isPromise } from '../checks/callback.ts'
import { functionSchema, type Shape, validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'
import type { Row } from '../grid/grid.ts'
import { rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

const schema = z.strictObject({
  ...streamOptionsShape,
  keep: functionSchema(),
} satisfies Shape<StreamOptions & { keep: unknown }>)

/**
 * Rows or objects in, those for which `keep` is true out; headers are announced onward as they are. `keep` gets the row
 * and its number, from 1: `filterRows(([, , , value]) => Number(value) > 0)`. It answers at once, with a boolean.
 */
export function filterRows<T = Row>(
  keep: (row: T, rowNumber: number) => boolean,
  options: StreamOptions = {},
): TransformTo<T, T> {
  validate(schema, { ...options, keep }, 'filterRows')
  return rowStage('filterRows', options, ({ headers }) => ({
    headers,
    step(row, rowNumber) {
      const answer: unknown = keep(row as T, rowNumber)
      if (typeof answer === 'boolean') return answer ? row : undefined
      throw notBoolean(answer)
    },
  }))
}

function notBoolean(answer: unknown): QueryError {
  if (isPromise(answer)) answer.then(undefined, () => undefined)
  const found = isPromise(answer) ? 'a promise' : `a ${typeof answer}`
  return new QueryError(`filterRows: the function has to answer true or false at once, not with ${found}`)
}
