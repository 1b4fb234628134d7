import type { PieceId } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'

/** `piece-0000012-0000015.1.csv`, so that they are in the order of the plan. */
export function fileOf(id: PieceId, extension: string): string {
  const { from, to, path } = partsOfId(id)!
  const padded = (number: number) => String(number).padStart(7, '0')
  const joined = from === to ? '' : `-${padded(to)}`
  return `piece-${padded(from)}${joined}${path.map((half) => `.${half}`).join('')}.${extension}`
}

/** The piece that a file is of; undefined for all other names. */
export function pieceOf(name: string, extension: string): PieceId | undefined {
  const [, from, to, path = ''] = /^piece-(\d{7,})(?:-(\d{7,}))?((?:\.\d+)*)\.[a-z]+$/.exec(name) ?? []
  if (from === undefined) return undefined
  const id = `${Number(from)}${to === undefined ? '' : `-${Number(to)}`}${path}`
  return fileOf(id, extension) === name ? id : undefined
}

/** Whether a file was on its way to be one of a piece. */
export function isOnItsWay(name: string): boolean {
  return /^piece-\d{7}.*\.[0-9a-f]{12}\.partial$/.test(name)
}
