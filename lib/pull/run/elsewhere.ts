import { idOfPath } from '../id-of-path.ts'
import type { Piece } from '../piece.ts'

const known = new WeakMap<readonly string[], ReadonlySet<string>>()

/**
 * Whether an org unit is of another piece: one that asks for a level below others may find what was moved there since.
 * Undefined for one that asks by ids.
 */
export function elsewhere({ amongPaths, covers }: Piece): ((orgUnit: string) => boolean) | undefined {
  if (!amongPaths) return undefined
  const [all, own] = [idsOf(amongPaths), new Set(covers?.['ou'])]
  return (orgUnit) => !own.has(orgUnit) && all.has(orgUnit)
}

function idsOf(paths: readonly string[]): ReadonlySet<string> {
  const ids = known.get(paths) ?? new Set(paths.map(idOfPath))
  known.set(paths, ids)
  return ids
}
