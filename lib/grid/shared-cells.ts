/** A power of two. */
const slotCount = 8192

/** Texts too short are cheaper to have twice. */
const shortest = 5

/**
 * The cells of one column, so that equal ones can share a string: in a whole grid the ids of a few thousand items come
 * millions of times, and it is what is kept, and moved about by the garbage collector, that costs. Each text has one
 * slot, by a hash of a few of its characters; a column of ever new texts is given up on.
 */
export class SharedCells {
  readonly #slots: string[] = new Array(slotCount).fill('')
  #misses = 0
  #hits = 0

  /** `text.substring(start, end)`, of ASCII. */
  cell(text: string, start: number, end: number): string {
    const length = end - start
    if (length < shortest || this.#misses > slotCount + this.#hits) return text.substring(start, end)
    const hash =
      Math.imul(text.charCodeAt(start + 1), 131) +
      Math.imul(text.charCodeAt(start + (length >> 1)), 1021) +
      Math.imul(text.charCodeAt(end - 2), 7919) +
      Math.imul(text.charCodeAt(end - 1), 31)
    const slot = hash & (slotCount - 1)
    const known = this.#slots[slot]!
    if (isAt(text, start, length, known)) {
      this.#hits += 1
      return known
    }
    this.#misses += 1
    const cell = text.substring(start, end)
    this.#slots[slot] = cell
    return cell
  }
}

function isAt(text: string, start: number, length: number, known: string): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known.charCodeAt(i) !== text.charCodeAt(start + i)) return false
  return true
}
