import type { ValueKind } from './cells.ts'
import { dayMs } from './cells-at.ts'

/** The smallest and the largest value. */
export interface Range {
  readonly min: Buffer
  readonly max: Buffer
}

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

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
