import type { PieceTimes } from '../freshness/judge.ts'
import type { Sighting } from '../freshness/pin.ts'
import type { PieceId } from '../piece.ts'
import { partsOfId } from '../run/piece-id.ts'
import type { PieceEvent } from '../store.ts'
import type { Known } from './known.ts'

/** A piece whose rows are there. */
export interface Leaf extends PieceTimes {
  readonly rowCount: number
  readonly byteCount: number
  readonly run: number
}

/** What a dataset holds, made of the events that its store kept and those to come. */
export class Holdings {
  /** Pieces that are there and count. */
  readonly leaves = new Map<PieceId, Leaf>()
  /** Pieces that are there and are to be asked for again. */
  readonly stale = new Map<PieceId, Leaf>()
  /** What the server said of its analytics, in all runs. */
  readonly sightings: Sighting[] = []
  /** What became known, oldest first. */
  readonly known: Known[] = []
  /** The plans that came after the first. */
  readonly plans: { readonly plan: unknown; readonly pieceCount: number }[] = []
  /** What the last plan has dropped and may still be there. */
  dropping: readonly PieceId[] = []
  /** Whether a piece was ever there. */
  hasBegun = false
  /** How much of each of the pieces that the plan starts with is in one that was cut. */
  readonly #shares = new Map<PieceId, number>()

  constructor(events: Iterable<PieceEvent> = []) {
    for (const event of events) this.add(event)
  }

  add(event: PieceEvent): void {
    switch (event.type) {
      case 'done': {
        const { answeredAt, endedAt, tookMs, rowCount, byteCount, run } = event.facts
        this.stale.delete(event.piece)
        this.leaves.set(event.piece, { answeredAt, endedAt, tookMs, rowCount, byteCount, run })
        this.hasBegun = true
        break
      }
      case 'stale':
        for (const piece of event.pieces) {
          this.stale.set(piece, this.leaves.get(piece)!)
          this.leaves.delete(piece)
        }
        break
      case 'plan':
        for (const piece of event.dropped) this.leaves.delete(piece)
        this.plans.push({ plan: event.plan, pieceCount: event.pieceCount })
        this.dropping = [...event.dropped, ...event.stale]
        this.stale.clear()
        break
      case 'dropped':
        this.dropping = []
        break
      case 'seen':
        this.#see(event.sightings)
        break
      case 'known':
        this.known.push(event.known)
        break
      case 'split':
        this.stale.delete(event.piece)
        this.#divide(event.piece, event.into)
        break
      case 'join':
      case 'setAside':
        break
      default:
        event satisfies never
    }
  }

  /** Of several workers that look at once one may be heard later. */
  #see(sightings: readonly Sighting[]): void {
    const last = this.sightings.at(-1)
    this.sightings.push(...sightings)
    if (last && sightings[0] && inTime(last, sightings[0]) > 0) this.sightings.sort(inTime)
  }

  #divide(piece: PieceId, into: readonly PieceId[]): void {
    const { from, to } = partsOfId(piece)!
    const share = this.#shares.get(piece) ?? 1
    for (const part of into) {
      const parts = partsOfId(part)!
      const isWhole = parts.to - parts.from < to - from
      this.#shares.set(part, isWhole ? share : share / into.length)
    }
  }

  /** The event that these pieces are stale. */
  staleEvent(pieces: readonly PieceId[], why: string): PieceEvent & { type: 'stale' } {
    return { type: 'stale', pieces, why, ...this.countsOf(pieces) }
  }

  countsOf(pieces: readonly PieceId[]): { rowCount: number; byteCount: number } {
    let [rowCount, byteCount] = [0, 0]
    for (const piece of pieces) {
      rowCount += this.leaves.get(piece)!.rowCount
      byteCount += this.leaves.get(piece)!.byteCount
    }
    return { rowCount, byteCount }
  }

  /** The pieces that a plan starts with of which all is there, as it is or in parts, and which leaves hold it. */
  wholes(): Map<number, readonly PieceId[]> {
    const shares = new Map<number, { share: number; leaves: PieceId[] }>()
    for (const id of this.leaves.keys()) {
      const { from, to } = partsOfId(id)!
      for (let at = from; at <= to; at++) {
        const known = shares.get(at) ?? { share: 0, leaves: [] }
        known.share += this.#shares.get(id) ?? 1
        known.leaves.push(id)
        shares.set(at, known)
      }
    }
    return new Map(
      [...shares].filter(([, { share }]) => share > 0.999_999).map(([at, { leaves }]) => [at, leaves]),
    )
  }
}

function inTime(a: Sighting, b: Sighting): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.pin.tables < b.pin.tables ? -1 : a.pin.tables > b.pin.tables ? 1 : 0
}
