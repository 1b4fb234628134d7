import type { Row } from '../grid/grid.ts'
import { rowStage } from '../transforms/row-stage.ts'
import type { TransformTo } from '../transforms/row-stream.ts'
import type { Pair } from './dimension-text.ts'
import { factsOf } from './endpoint-table.ts'

/**
 * Whether a value of the column `dx` was asked for. Of operands of several data elements servers give all combinations:
 * of `A.x;B.y` also `A.y` and `B.x`. Undefined where there are none to be dropped.
 */
export function operandsAsked(
  endpoint: string,
  pairs: readonly Pair[],
): ((dx: unknown) => boolean) | undefined {
  if (factsOf(endpoint)?.name !== 'analytics') return undefined
  if (pairs.some(([name, value]) => /^output\w*IdScheme$/.test(name) && value !== 'UID')) return undefined
  const dx = pairs.find(([kind, value]) => kind === 'dimension' && value.startsWith('dx:'))?.[1].slice(3)
  const operands = dx?.split(';').filter((item) => /^\w{11}\.(\w{11}|\*)(\.\w{11})?$/.test(item)) ?? []
  const elements = new Set(operands.map((item) => item.slice(0, 11)))
  if (elements.size < 2) return undefined
  const asked = new Set(operands)
  const whole = new Set(operands.filter((item) => item.includes('*')).map((item) => item.slice(0, 11)))
  return (cell) => {
    const item = String(cell)
    const element = item.slice(0, 11)
    return item[11] !== '.' || !elements.has(element) || whole.has(element) || asked.has(item)
  }
}

/** The rows whose `dx` was asked for. */
export function dropCrossed(isAsked: (dx: unknown) => boolean): TransformTo<Row> {
  return rowStage({}, (headers) => {
    const at = headers?.findIndex(({ name }) => name === 'dx') ?? -1
    return { headers, step: (row) => (at === -1 || isAsked((row as Row)[at]) ? row : undefined) }
  })
}
