/** How many keys one generation holds at most: 16 bytes each, and there are two. */
const generation = 2_000_000

/**
 * Keys that were met before, in at most 64 MB whatever their number: each is kept as 64 bits of hash, in two
 * generations. When the younger one is full the older is forgotten, so that the last two million keys at least are
 * known. That two different keys are taken for one has a chance of one in thirty million for a million rows.
 */
export class SeenKeys {
  #young = new Generation()
  #old: Generation | undefined

  /** Remembers a key; false where it was there already. */
  add(key: string): boolean {
    const { high, low } = hashed(key)
    if (this.#old?.has(high, low)) return false
    if (this.#young.size === generation) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    return this.#young.add(high, low)
  }
}

/** A set of 64-bit hashes: open addressing in a table that doubles when it is half full. */
class Generation {
  size = 0
  #mask = 1023
  #table = new Uint32Array(2048)

  has(high: number, low: number): boolean {
    return this.#table[this.#slot(high, low)] !== 0
  }

  add(high: number, low: number): boolean {
    const slot = this.#slot(high, low)
    if (this.#table[slot] !== 0) return false
    this.#table[slot] = high
    this.#table[slot + 1] = low
    if (++this.size * 2 > this.#mask) this.#grow()
    return true
  }

  /** Where it is, or would be. */
  #slot(high: number, low: number): number {
    const table = this.#table
    let i = low & this.#mask
    while (table[i * 2] !== 0 && (table[i * 2] !== high || table[i * 2 + 1] !== low)) i = (i + 1) & this.#mask
    return i * 2
  }

  #grow(): void {
    const before = this.#table
    this.#mask = this.#mask * 2 + 1
    this.#table = new Uint32Array(before.length * 2)
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] === 0) continue
      const slot = this.#slot(before[i]!, before[i + 1]!)
      this.#table[slot] = before[i]!
      this.#table[slot + 1] = before[i + 1]!
    }
  }
}

/** Two hashes of 32 bits, by FNV and by a polynomial, each stirred at the end. `high` is never 0, which marks a free slot. */
function hashed(key: string): { high: number; low: number } {
  let high = 0x811c9dc5
  let low = key.length
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    high = Math.imul(high ^ code, 0x01000193)
    low = (Math.imul(low, 0x9e3779b1) + code) | 0
  }
  return { high: stirred(high) || 1, low: stirred(low) }
}

function stirred(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
