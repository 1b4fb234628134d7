import type { Span } from '../../periods/spans.ts'
import type { PieceId } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'

/** Which pieces have rows in the table, by the pieces that a plan starts with. */
export class Written {
  readonly #ids = new Map<number, PieceId[]>()
  readonly #spans = new Map<PieceId, Span>()

  /** With its days, where it is told by nothing else. */
  add(piece: PieceId, days: Span | undefined): void {
    if (days) this.#spans.set(piece, days)
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

  /** A piece that has rows of these days as well, and is no part of this one. */
  beside(piece: PieceId, days: Span): PieceId | undefined {
    for (const [other, span] of this.#spans) {
      if (span.from <= days.to && days.from <= span.to && !isWithin(other, piece)) return other
    }
    return undefined
  }
}

/** Of two pieces that have a piece of the plan in common. */
function overlaps(piece: PieceId, other: PieceId): boolean {
  const [a, b] = [partsOfId(piece)!, partsOfId(other)!]
  // How one that is several is cut is not to be told from its halves.
  if (a.from !== a.to || b.from !== b.to) return true
  return a.path.every((part, at) => at >= b.path.length || b.path[at] === part)
}

/** Whether a piece is all in another. */
function isWithin(piece: PieceId, other: PieceId): boolean {
  const [a, b] = [partsOfId(piece)!, partsOfId(other)!]
  if (b.path.length === 0) return b.from <= a.from && a.to <= b.to
  return a.from === b.from && a.to === b.to && b.path.every((part, at) => a.path[at] === part)
}

function basesOf(piece: PieceId): number[] {
  const { from, to } = partsOfId(piece)!
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}
