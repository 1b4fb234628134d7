/** So many equal numbers are written as one and how often it comes. A multiple of 8, as numbers that differ come by eights. */
const longRun = 16

/** How many bits a number up to this one has. */
export function bitsOf(most: number): number {
  return 32 - Math.clz32(most)
}

/**
 * Whole numbers of so many bits, at most 24, as Parquet's hybrid of runs and packed bits: of a run how often it comes and
 * the number, of all else eights of numbers, the low bits first.
 */
export function hybrid(numbers: Int32Array, bits: number): Buffer {
  const { length } = numbers
  // Each packed eight is `bits` bytes; a run takes up at most what its numbers would, packed.
  const out = Buffer.allocUnsafe(Math.ceil(length / 8) * bits + Math.ceil(length / longRun) * 13 + 16)
  let to = 0
  let packedFrom = 0
  let at = 0
  while (at + 8 < length) {
    const number = numbers[at]!
    // A long run has two of the places that are looked at.
    if (numbers[at + 8] !== number) {
      at += 8
      continue
    }
    let start = at
    while (start > packedFrom && numbers[start - 1] === number) start--
    let end = at + 1
    while (end < length && numbers[end] === number) end++
    // What is packed in front of a run has to be made up of eights.
    const from = packedFrom + Math.ceil((start - packedFrom) / 8) * 8
    if (end - from >= longRun) {
      to = pack(numbers, packedFrom, from, bits, out, to)
      to = writeRun(number, end - from, bits, out, to)
      packedFrom = end
    }
    at = end
  }
  to = pack(numbers, packedFrom, length, bits, out, to)
  return out.subarray(0, to)
}

/** The same number, again and again. */
export function oneRun(number: number, count: number, bits: number): Buffer {
  const out = Buffer.allocUnsafe(10)
  return out.subarray(0, writeRun(number, count, bits, out, 0))
}

function writeRun(number: number, count: number, bits: number, out: Uint8Array, outAt: number): number {
  let to = varint(count * 2, out, outAt)
  for (let shift = 0; shift < bits; shift += 8) out[to++] = number >>> shift
  return to
}

function pack(
  numbers: Int32Array,
  from: number,
  end: number,
  bits: number,
  out: Uint8Array,
  outAt: number,
): number {
  if (from === end) return outAt
  const eights = Math.ceil((end - from) / 8)
  let to = varint(eights * 2 + 1, out, outAt)
  const after = to + eights * bits
  // Two bytes at once are faster, and then no more than 16 bits may be added to those that are held.
  const step = bits > 16 ? 8 : 16
  let held = 0
  let heldBits = 0
  for (let i = from; i < end; i++) {
    held |= numbers[i]! << heldBits
    heldBits += bits
    while (heldBits >= step) {
      out[to++] = held
      if (step === 16) out[to++] = held >>> 8
      held >>>= step
      heldBits -= step
    }
  }
  for (; heldBits > 0; heldBits -= 8) {
    out[to++] = held
    held >>>= 8
  }
  out.fill(0, to, after)
  return after
}

function varint(number: number, out: Uint8Array, outAt: number): number {
  let to = outAt
  let left = number
  for (; left >= 0x80; left >>>= 7) out[to++] = (left & 0x7f) | 0x80
  out[to++] = left
  return to
}
