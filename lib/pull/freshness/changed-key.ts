import type { Piece } from '../piece.ts'

/** In a year that has no data and no table: it changes nothing but the name that a server remembers an answer by. */
const firstDay = Date.UTC(2600, 0, 1)
const days = 100_000

/**
 * The same piece under another name in the server's memory: with one far-off day more in `pe`, whose rows are dropped. A
 * piece without a list of periods stays as it is. Another `number` gives another day.
 */
export function withChangedKey(piece: Piece, number: number): Piece {
  const at = piece.isList
    ? -1
    : piece.pairs.findIndex(([name, value]) => name === 'dimension' && value.startsWith('pe:'))
  if (at === -1) return piece
  const day = new Date(firstDay + (number % days) * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  const pairs = piece.pairs.map(([name, value], index) =>
    index === at ? ([name, `${value};${day}`] as const) : ([name, value] as const),
  )
  return {
    ...piece,
    pairs,
    isWanted(headers) {
      const pe = headers.indexOf('pe')
      const isWanted = piece.isWanted?.(headers)
      return (row) => row[pe] !== day && (isWanted?.(row) ?? true)
    },
  }
}
