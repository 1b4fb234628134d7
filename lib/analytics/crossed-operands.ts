import type { Row } from '../grid/grid.ts'
import { rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'

/** The rows whose `dx` was asked for. */
export function dropCrossed(isAsked: (dx: unknown) => boolean): TransformTo<Row> {
  const known = new Map<unknown, boolean>()
  return rowStage('rows', {}, ({ headers }) => {
    const at = headers?.findIndex(({ name }) => name === 'dx') ?? -1
    const isWanted = (cell: unknown) => {
      const answer = known.get(cell) ?? isAsked(cell)
      known.set(cell, answer)
      return answer
    }
    return { headers, step: (row) => (at === -1 || isWanted((row as Row)[at]) ? row : undefined) }
  })
}
