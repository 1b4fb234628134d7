import type { Piece, PieceId, Plan } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'

/**
 * The plans of a dataset whose question has meant more than one thing, as one: the pieces of each are numbered behind those
 * of the one before, so that a piece that stays has one name for ever.
 */
export class SuccessivePlans implements Plan {
  readonly pieceCount: number
  readonly #plans: readonly { readonly plan: Plan; readonly from: number }[]

  /** Oldest first, at least one. */
  constructor(plans: readonly Plan[]) {
    let from = 0
    this.#plans = plans.map((plan) => {
      const begun = { plan, from }
      from += plan.pieceCount
      return begun
    })
    this.pieceCount = from
  }

  /** The number of the first piece of the last plan. */
  get lastFrom(): number {
    return this.#plans.at(-1)!.from
  }

  piece(id: PieceId): Piece {
    const { plan, from } = this.#planOf(id)
    return moved(plan.piece(idMoved(id, -from)), from)
  }

  /** Those of the last plan. */
  *pieces(first = this.lastFrom): Iterable<Piece> {
    const { plan, from } = this.#plans.at(-1)!
    for (const piece of plan.pieces(first - from)) yield moved(piece, from)
  }

  cut(piece: Piece, isAlongData = false): readonly Piece[] {
    const { plan, from } = this.#planOf(piece.id)
    return plan.cut(moved(piece, -from), isAlongData).map((part) => moved(part, from))
  }

  joined(first: number, count: number): Piece {
    const { plan, from } = this.#planOf(String(first))
    const most = Math.min(count, from + plan.pieceCount - first)
    return moved(plan.joined(first - from, most), from)
  }

  toJSON(): unknown {
    return this.#plans.map(({ plan }) => plan.toJSON())
  }

  #planOf(id: PieceId) {
    const number = partsOfId(id)?.from ?? Number.NaN
    const found = this.#plans.findLast(({ from }) => from <= number)
    if (found && number < this.pieceCount) return found
    throw new RangeError(`There is no piece ${id}`)
  }
}

function moved(piece: Piece, by: number): Piece {
  return by === 0 ? piece : { ...piece, id: idMoved(piece.id, by) }
}

function idMoved(id: PieceId, by: number): PieceId {
  if (by === 0) return id
  const { from, to, path } = partsOfId(id)!
  const numbers = from === to && !id.includes('-') ? `${from + by}` : `${from + by}-${to + by}`
  return `${numbers}${path.map((part) => `.${part}`).join('')}`
}
