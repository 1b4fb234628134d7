import type { PieceId } from '../piece.ts'

/** The parts of a piece that was cut along its data items are numbered from behind this on. */
export const alongData = 1000

/** A piece id taken apart. */
export interface IdParts {
  /** The first and the last of the pieces that a plan starts with. */
  readonly from: number
  readonly to: number
  /** Which part of them: 1 for each half, of halves of halves more; none for the whole. */
  readonly path: readonly number[]
}

/** Undefined for what is no id. */
export function partsOfId(id: PieceId): IdParts | undefined {
  const [, from, to = from, path = ''] = /^(\d{1,15})(?:-(\d{1,15}))?((?:\.\d+)*)$/.exec(id) ?? []
  if (from === undefined) return undefined
  return { from: Number(from), to: Number(to), path: path.split('.').slice(1).map(Number) }
}

/** How much a piece is, where one that a plan starts with is 1. */
export function shareOf(id: PieceId): number {
  const { from, to, path } = partsOfId(id)!
  return (to - from + 1) / 2 ** path.length
}

/** The number of a piece that a plan starts with; undefined for all others. */
export function baseOf(id: PieceId): number | undefined {
  return /^\d+$/.test(id) ? Number(id) : undefined
}
