/** How much of a group is asked for at once, where a piece that the plan starts with is 1. */
interface Size {
  size: number
  loweredAt: number
  /** What was too much: it is not tried again before so many others went well. */
  ceiling: number
  wellBelow: number
  /** The largest share of cells that had a row, in answers so far. */
  filled: number | undefined
  /** How many requests go well before a size that was too much is tried once more: more each time that it was in vain. */
  patience: number
}

/** No smaller than this: what is cut further has been cut for its own sake. */
const smallest = 1 / 1024

/** How large the requests of each group are: larger by half while they are answered soon, halved where they are not. */
export class Sizes {
  readonly #groups = new Map<string, Size>()

  of(group: string): number {
    return this.#groups.get(group)?.size ?? 1
  }

  /** How many cells have so many rows, going by the answers so far; as many as rows before there was one. */
  cellsFor(rows: number, group: string): number {
    const filled = this.#groups.get(group)?.filled
    // Some parts are fuller than those before them.
    return filled === undefined ? rows : rows / Math.min(1, Math.max(1.5 * filled, 0.001))
  }

  /** An answer had so many rows of so many cells. */
  fill(group: string, cells: number, rows: number): void {
    const known = this.#of(group)
    known.filled = Math.max(known.filled ?? 0, rows / cells)
  }

  /** One of this size was answered soon. */
  raise(group: string, asked: number): void {
    const known = this.#of(group)
    // What was smaller than it might have been tells nothing.
    if (asked < Math.floor(known.size)) return
    const larger = known.size < 1 ? known.size * 1.5 : Math.ceil(known.size * 1.5)
    if (larger >= known.ceiling && ++known.wellBelow < known.patience) return
    known.size = larger
    if (larger >= known.ceiling) known.ceiling = Number.POSITIVE_INFINITY
  }

  /** It was too much, with a request begun then, of `performance.now()`; once for all that were begun before. */
  lower(group: string, asked: number, begunAt: number): void {
    const known = this.#of(group)
    if (begunAt < known.loweredAt) return
    known.loweredAt = performance.now()
    known.ceiling = asked
    known.wellBelow = 0
    known.patience *= 2
    known.size = Math.max(smallest, Math.min(known.size, asked) / 2)
  }

  #of(group: string): Size {
    const known = this.#groups.get(group)
    if (known) return known
    const size = {
      size: 1,
      loweredAt: 0,
      ceiling: Number.POSITIVE_INFINITY,
      wellBelow: 0,
      patience: 10,
      filled: undefined,
    }
    this.#groups.set(group, size)
    return size
  }
}
