import type { ValueKind } from './cells.ts'
import { dayMs } from './cells-at.ts'

/** The smallest and the largest value. */
export interface Range {
  readonly min: Buffer
  readonly max: Buffer
}

/** A longer text is no bound; what it says of a column, shorter ones say too. In bytes. */
const longestBound = 64
/** Fewer bytes are copied faster one by one. */
const fewBytes = 48

/** Numbers, booleans as 1 and 0, days and times in milliseconds, as Parquet has them one after the other. */
export function plainNumbers(kind: ValueKind, values: Float64Array): Buffer {
  switch (kind) {
    case 'number':
      return bytesOf(values)
    case 'boolean': {
      const bits = Buffer.alloc((values.length + 7) >> 3)
      for (let i = 0; i < values.length; i++) bits[i >> 3]! |= values[i]! << (i & 7)
      return bits
    }
    case 'date': {
      const days = new Int32Array(values.length)
      for (let i = 0; i < values.length; i++) days[i] = values[i]! / dayMs
      return bytesOf(days)
    }
    case 'datetime': {
      // Of 64 bits, in two halves.
      const halves = new Int32Array(values.length * 2)
      for (let i = 0; i < values.length; i++) {
        const high = Math.floor(values[i]! / 4_294_967_296)
        halves[i * 2] = values[i]! - high * 4_294_967_296
        halves[i * 2 + 1] = high
      }
      return bytesOf(halves)
    }
  }
}

/** Each with its length in front. */
export function plainTexts(texts: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const text of texts) length += 4 + text.length
  const out = Buffer.allocUnsafe(length)
  let at = 0
  for (const text of texts) {
    const { length } = text
    out[at] = length
    out[at + 1] = length >>> 8
    out[at + 2] = length >>> 16
    out[at + 3] = length >>> 24
    at += 4
    if (length > fewBytes) out.set(text, at)
    else for (let i = 0; i < length; i++) out[at + i] = text[i]!
    at += length
  }
  return out
}

/** Undefined where there are none. As 0 equals -0, the smallest may be -0 and the largest 0, whichever of them is there. */
export function rangeOfNumbers(kind: ValueKind, values: Float64Array): Range | undefined {
  if (values.length === 0) return undefined
  let min = values[0]!
  let max = min
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  const bound = (value: number) => plainNumbers(kind, Float64Array.of(value))
  return { min: bound(min === 0 ? -0 : min), max: bound(max === 0 ? 0 : max) }
}

/** By their bytes. Undefined where there are none, or they are long. */
export function rangeOfTexts(texts: readonly Uint8Array[]): Range | undefined {
  let [min] = texts
  if (!min) return undefined
  let max = min
  for (const text of texts) {
    if (Buffer.compare(text, min) < 0) min = text
    if (Buffer.compare(text, max) > 0) max = text
  }
  if (min.length > longestBound || max.length > longestBound) return undefined
  return { min: Buffer.from(min), max: Buffer.from(max) }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
