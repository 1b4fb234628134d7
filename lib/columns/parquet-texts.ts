import type { Range } from './parquet-plain.ts'

/** A longer text is no bound; what it says of a column, shorter ones say too. In bytes. */
const longestBound = 64
/** Fewer bytes are copied faster one by one. */
const fewBytes = 48

/** Texts in UTF-8, each from its offset to that of the next. */
export class Texts {
  readonly #offsets: Int32Array
  readonly #bytes: Uint8Array

  constructor(offsets: Int32Array, bytes: Uint8Array) {
    this.#offsets = offsets
    this.#bytes = bytes
  }

  static of(texts: readonly string[]): Texts {
    const all = texts.join('')
    const offsets = new Int32Array(texts.length + 1)
    let bytes = Buffer.from(all)
    if (bytes.length === all.length) {
      for (let i = 0; i < texts.length; i++) offsets[i + 1] = offsets[i]! + texts[i]!.length
    } else {
      // One by one, as two halves of a surrogate pair that meet would be a whole one.
      bytes = Buffer.allocUnsafe(all.length * 3)
      for (let i = 0; i < texts.length; i++)
        offsets[i + 1] = offsets[i]! + bytes.write(texts[i]!, offsets[i]!)
    }
    return new Texts(offsets, bytes)
  }

  /** Those at these places, or all, one after the other, each with its length in front. */
  plain(places?: Int32Array): Buffer {
    const offsets = this.#offsets
    const bytes = this.#bytes
    const count = places?.length ?? offsets.length - 1
    let length = count * 4
    for (let i = 0; i < count; i++) {
      const place = places ? places[i]! : i
      length += offsets[place + 1]! - offsets[place]!
    }
    const out = Buffer.allocUnsafe(length)
    let to = 0
    for (let i = 0; i < count; i++) {
      const place = places ? places[i]! : i
      const start = offsets[place]!
      const end = offsets[place + 1]!
      to = out.writeUInt32LE(end - start, to)
      if (end - start > fewBytes) out.set(bytes.subarray(start, end), to)
      else for (let at = start; at < end; at++) out[to + at - start] = bytes[at]!
      to += end - start
    }
    return out
  }

  /** The smallest and the largest of those at these places, or of all, by their bytes. Undefined where there are none, or one is long. */
  range(places?: Int32Array): Range | undefined {
    const count = places?.length ?? this.#offsets.length - 1
    if (count === 0) return undefined
    let min = places ? places[0]! : 0
    let max = min
    for (let i = 1; i < count; i++) {
      const place = places ? places[i]! : i
      if (this.#compare(place, min) < 0) min = place
      else if (this.#compare(place, max) > 0) max = place
    }
    const [smallest, largest] = [this.#text(min), this.#text(max)]
    if (smallest.length > longestBound || largest.length > longestBound) return undefined
    return { min: Buffer.from(smallest), max: Buffer.from(largest) }
  }

  #text(place: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[place]!, this.#offsets[place + 1]!)
  }

  #compare(one: number, other: number): number {
    const offsets = this.#offsets
    const bytes = this.#bytes
    const [start, end] = [offsets[one]!, offsets[one + 1]!]
    const [otherStart, otherEnd] = [offsets[other]!, offsets[other + 1]!]
    const length = Math.min(end - start, otherEnd - otherStart)
    for (let i = 0; i < length; i++) {
      const difference = bytes[start + i]! - bytes[otherStart + i]!
      if (difference !== 0) return difference
    }
    return end - start - (otherEnd - otherStart)
  }
}
