/** More different numbers than this are no dictionary. */
const mostEntries = 32_768
const places = new Int32Array(mostEntries * 4)
const mask = places.length - 1
/** After so many numbers it is looked whether they repeat at all. */
const firstLook = 4096

export interface NumberDictionary {
  readonly codes: Int32Array
  readonly entries: Float64Array
}

/** Numbers as places in a dictionary, in the order in which they come; undefined where they hardly repeat. None is NaN. */
export function numberDictionary(numbers: Float64Array): NumberDictionary | undefined {
  const { length } = numbers
  const most = Math.min(mostEntries, length >>> 1)
  const codes = new Int32Array(length)
  const entries = new Float64Array(most)
  // By their bits, as 0 and -0 are two.
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, length * 2)
  const entryBits = new Int32Array(entries.buffer)
  let count = 0
  places.fill(0)
  for (let i = 0; i < length; i++) {
    const low = bits[i * 2]!
    const high = bits[i * 2 + 1]!
    let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1)
    hash ^= hash >>> 15
    let place = hash & mask
    let code = places[place]! - 1
    while (code >= 0 && (entryBits[code * 2] !== low || entryBits[code * 2 + 1] !== high)) {
      place = (place + 1) & mask
      code = places[place]! - 1
    }
    if (code < 0) {
      if (count === most || (i === firstLook && count * 2 > i)) return undefined
      code = count++
      entries[code] = numbers[i]!
      places[place] = count
    }
    codes[i] = code
  }
  return { codes, entries: entries.subarray(0, count) }
}
