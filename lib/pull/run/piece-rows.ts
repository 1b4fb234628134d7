import type { Row } from '../../grid/grid.ts'
import { type Column, cellsOf } from '../../kernel/block.ts'
import { rowStage } from '../../rows/row-stage.ts'
import type { TransformTo } from '../../rows/row-stream.ts'
import type { Piece } from '../piece.ts'
import type { SharedColumns } from './columns.ts'

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
  const places = placesOf(piece)
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
      hasItems = dx !== -1
      return {
        headers: columns.headers,
        step(row) {
          const cells = row as Row
          if (isWanted && !isWanted(cells)) return undefined
          if (places && !places.has(String(cells[ou]))) return undefined
          if (hasItems) count(cells[dx], 1)
          return isInOrder ? cells : order.map((place) => cells[place])
        },
        ...(!isWanted && {
          block({ rowCount, columns: cut }) {
            if (places && !isWithin(cut[ou]!, places)) throw new Error('Some of its rows are of other pieces')
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

/**
 * The org units of a piece that asks for them as a level below others: what is moved there while a run goes on is of
 * another piece.
 */
function placesOf({ pairs, covers }: Piece): ReadonlySet<string> | undefined {
  const isLevel = pairs.some(([name, value]) => name === 'dimension' && value.startsWith('ou:LEVEL-'))
  return isLevel && covers?.['ou'] ? new Set(covers['ou']) : undefined
}

function isWithin(column: Column, places: ReadonlySet<string>): boolean {
  const cells = column.kind === 'coded' ? column.dictionary.cells : cellsOf(column)
  return cells.every((cell) => places.has(String(cell)))
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
