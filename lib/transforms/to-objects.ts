import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import type { Row } from '../grid/grid.ts'
import { rowsOf } from '../kernel/block.ts'
import { keysOf, losesOrder, type ObjectKeys, objectKeysSchema } from '../rows/object-keys.ts'
import { cellsOf, neededHeaders, planWithoutHeaders, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

export interface ToObjectsOptions extends StreamOptions {
  /**
   * What the keys are: header `name`s, `column` labels, a mapping of some names to other keys (`{ ou: 'facility' }`),
   * or a function of header and index, for columns of the same name. Default `name`.
   */
  keys?: ObjectKeys | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  keys: objectKeysSchema,
} satisfies Shape<ToObjectsOptions>)

/**
 * Rows in, objects out: `['fbfJHSPpUQD', '202401', 'ImspTQPwCqd', '12']` becomes
 * `{ dx: 'fbfJHSPpUQD', pe: '202401', ou: 'ImspTQPwCqd', value: '12' }`. The headers are announced onward, their names
 * being the keys.
 *
 * They are plain objects, all of one shape. A header named `__proto__` is a key like any other.
 *
 * The stream fails with a QueryError where two columns would have the same key, where a name in the mapping is no
 * column, and behind a stage that announces no headers.
 */
export function toObjects<Cell = unknown>(
  options: ToObjectsOptions = {},
): TransformTo<Record<string, Cell>, readonly Cell[]> {
  const { keys: wanted, ...rest } = validate(schema, options, 'toObjects')
  return rowStage(
    'toObjects',
    rest,
    (upstream) => {
      const headers = neededHeaders('toObjects', upstream)
      if (headers.length === 0) return planWithoutHeaders('toObjects')
      const keys = keysOf('toObjects', headers, wanted)
      const objectOf = objectMaker(keys)
      return {
        headers: headers.map((header, index) => ({ ...header, name: keys[index]! })),
        step: (row, rowNumber) => objectOf(cellsOf('toObjects', row, keys.length, rowNumber)),
        // Where an object has another order than its columns, so has what is written of it.
        ...(!losesOrder(keys) && { block: (block) => block, rows: (block) => rowsOf(block).map(objectOf) }),
      }
    },
    { takesBlocks: true },
  )
}

/**
 * Makes objects by cloning one that has all the keys already, which gives them one hidden class, and an own
 * `__proto__`, so that assigning to it is no more than that.
 */
function objectMaker(keys: readonly string[]): (row: Row) => Record<string, unknown> {
  const template: Record<string, unknown> = {}
  for (const key of keys) {
    Object.defineProperty(template, key, {
      value: null,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return (row) => {
    const made = { ...template }
    for (let i = 0; i < keys.length; i++) made[keys[i]!] = row[i]
    return made
  }
}
