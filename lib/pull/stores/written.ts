import type { PieceId } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'

/** Which pieces have rows in the table, by the pieces that a plan starts with. */
export class Written {
  readonly #ids = new Map<number, PieceId[]>()

  add(piece: PieceId): void {
    for (const base of basesOf(piece)) {
      const ids = this.#ids.get(base)
      if (!ids) this.#ids.set(base, [piece])
      else if (!ids.includes(piece)) ids.push(piece)
    }
  }

  /** Whether some of the rows that a piece is to have may be there: its own, or those of a part or of a whole. */
  has(piece: PieceId): boolean {
    return basesOf(piece).some((base) => this.#ids.get(base)?.some((other) => overlaps(piece, other)))
  }
}

/** Of two pieces that have a piece of the plan in common. */
function overlaps(piece: PieceId, other: PieceId): boolean {
  const [a, b] = [partsOfId(piece)!, partsOfId(other)!]
  // How one that is several is cut is not to be told from its halves.
  if (a.from !== a.to || b.from !== b.to) return true
  return a.path.every((part, at) => at >= b.path.length || b.path[at] === part)
}

function basesOf(piece: PieceId): number[] {
  const { from, to } = partsOfId(piece)!
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}
