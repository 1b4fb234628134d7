import type { Row } from '../../grid/grid.ts'
import { type Column, cellsOf, type Dictionary } from '../../kernel/block.ts'
import { rowStage } from '../../rows/row-stage.ts'
import type { TransformTo } from '../../rows/row-stream.ts'
import type { Piece } from '../piece.ts'
import type { SharedColumns } from './columns.ts'
import { elsewhere } from './elsewhere.ts'

/** The rows of a piece as they are stored: those that were asked for, their cells in the order of all pieces. */
export interface PieceStage {
  readonly stage: TransformTo<Row, Row>
  /** Rows by data item so far, 0 for those that were asked for and did not come; undefined where there is no `dx`. */
  rowsOf(): Record<string, number> | undefined
}

/** `onFailure` is told what can't be right about the answer. */
export function pieceStage(
  piece: Piece,
  columns: SharedColumns,
  onFailure: (error: Error) => void,
): PieceStage {
  const isElsewhere = elsewhere(piece)
  const items = new Map((piece.covers?.['dx'] ?? []).map((item) => [item, 0]))
  let hasItems = false
  const count = (item: unknown, rows: number) => {
    items.set(String(item), (items.get(String(item)) ?? 0) + rows)
  }
  const stage = rowStage<Row, Row>(
    'pull',
    {},
    ({ headers = [] }) => {
      const order = kept(onFailure, () => columns.placesIn(headers))
      const isInOrder = order.every((place, at) => place === at)
      const isWanted = piece.isWanted?.(headers.map(({ name }) => name))
      const [dx, ou] = ['dx', 'ou'].map((own) => headers.findIndex(({ name }) => name === own)) as [
        number,
        number,
      ]
      const isMixed = isElsewhere && hasSome(isElsewhere)
      hasItems = dx !== -1
      return {
        headers: columns.headers,
        step(row) {
          const cells = row as Row
          if (isWanted && !isWanted(cells)) return undefined
          if (isElsewhere?.(String(cells[ou]))) return undefined
          if (hasItems) count(cells[dx], 1)
          return isInOrder ? cells : order.map((place) => cells[place])
        },
        ...(!isWanted && {
          block({ rowCount, columns: cut }) {
            if (isMixed?.(cut[ou]!)) throw new Error('Some of its rows are of other pieces')
            if (hasItems) countColumn(cut[dx]!, count)
            return { rowCount, columns: isInOrder ? cut : order.map((place) => cut[place]!) }
          },
        }),
      }
    },
    { takesBlocks: true },
  )
  return { stage, rowsOf: () => (hasItems || items.size > 0 ? Object.fromEntries(items) : undefined) }
}

/** Whether some cells are true of it; of a dictionary, which only ever grows, each is asked once. */
function hasSome(is: (cell: string) => boolean): (column: Column) => boolean {
  let asked: Dictionary | undefined
  let [count, found] = [0, false]
  return (column) => {
    if (column.kind !== 'coded') return cellsOf(column).some((cell) => is(String(cell)))
    const { dictionary } = column
    if (dictionary !== asked) [asked, count, found] = [dictionary, 0, false]
    for (; !found && count < dictionary.cells.length; count++) found = is(String(dictionary.cells[count]))
    return found
  }
}

function kept<T>(onFailure: (error: Error) => void, make: () => T): T {
  try {
    return make()
  } catch (error) {
    onFailure(error as Error)
    throw error
  }
}

function countColumn(column: Column, count: (cell: unknown, rows: number) => void): void {
  if (column.kind !== 'coded') {
    for (const cell of cellsOf(column)) count(cell, 1)
    return
  }
  const { codes, dictionary } = column
  const counts = new Uint32Array(dictionary.cells.length)
  for (const code of codes) counts[code]! += 1
  for (const [code, rows] of counts.entries()) if (rows > 0) count(dictionary.cells[code], rows)
}
