/** Pieces are compressed one by one, so that places within one have 16 bits. */
const pieceLength = 65_536
const hashBits = 14
const shortestCopy = 4
/** How many bytes at the end of a piece are not looked at, so that four can always be read. */
const margin = 15

const places = new Uint16Array(1 << hashBits)

/**
 * Bytes in the format of Snappy (google/snappy, format_description.txt): their length, then runs of them, and copies of
 * those in front.
 */
export function snappy(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(32 + bytes.length + Math.floor(bytes.length / 6))
  let at = 0
  let left = bytes.length
  for (; left >= 0x80; left >>>= 7) out[at++] = (left & 0x7f) | 0x80
  out[at++] = left
  for (let from = 0; from < bytes.length; from += pieceLength) {
    at = piece(bytes, from, Math.min(bytes.length, from + pieceLength), out, at)
  }
  return out.subarray(0, at)
}

function piece(bytes: Uint8Array, start: number, end: number, out: Uint8Array, outAt: number): number {
  let to = outAt
  let literal = start
  let at = start + 1
  const last = end - margin
  if (last > start) places.fill(0)
  /** The longer nothing repeats, the larger the steps: bytes that can't be compressed cost little. */
  let misses = 32
  while (at < last) {
    const word = wordAt(bytes, at)
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits)
    const candidate = start + places[hash]!
    places[hash] = at - start
    if (candidate >= at || wordAt(bytes, candidate) !== word) {
      at += misses++ >>> 5
      continue
    }
    to = writeLiteral(bytes, literal, at, out, to)
    let length = shortestCopy
    while (at + length < end && bytes[candidate + length] === bytes[at + length]) length++
    to = writeCopy(at - candidate, length, out, to)
    at += length
    literal = at
    misses = 32
  }
  return writeLiteral(bytes, literal, end, out, to)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function writeLiteral(bytes: Uint8Array, start: number, end: number, out: Uint8Array, outAt: number): number {
  let to = outAt
  const length = end - start
  if (length === 0) return to
  if (length <= 60) out[to++] = (length - 1) << 2
  else if (length <= 256) {
    out[to++] = 60 << 2
    out[to++] = length - 1
  } else {
    out[to++] = 61 << 2
    out[to++] = (length - 1) & 0xff
    out[to++] = (length - 1) >>> 8
  }
  if (length > 64) out.set(bytes.subarray(start, end), to)
  else for (let i = 0; i < length; i++) out[to + i] = bytes[start + i]!
  return to + length
}

function writeCopy(distance: number, length: number, out: Uint8Array, outAt: number): number {
  let to = outAt
  let left = length
  // None of less than four is left behind one of 64.
  for (; left >= 68; left -= 64) to = writeLongCopy(distance, 64, out, to)
  if (left > 64) {
    to = writeLongCopy(distance, 60, out, to)
    left -= 60
  }
  if (left >= 12 || distance >= 2048) return writeLongCopy(distance, left, out, to)
  out[to++] = ((distance >>> 8) << 5) | ((left - 4) << 2) | 1
  out[to++] = distance & 0xff
  return to
}

function writeLongCopy(distance: number, length: number, out: Uint8Array, to: number): number {
  out[to] = ((length - 1) << 2) | 2
  out[to + 1] = distance & 0xff
  out[to + 2] = distance >>> 8
  return to + 3
}
