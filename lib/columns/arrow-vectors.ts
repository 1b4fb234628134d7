import type { ArrowType, Vector } from './arrow-messages.ts'
import type { Cells, CodedCells } from './cells.ts'
import { dayMs } from './cells-at.ts'

const none = new Uint8Array(0)

/** Cells as Arrow has them. */
export function vectorOf(cells: Cells, type: ArrowType): Vector {
  switch (cells.kind) {
    case 'plain':
      return plainVector(cells.offsets, cells.bytes)
    case 'text':
      return type.name === 'codes'
        ? codesVector(cells, type.bits)
        : utf8Vector(
            Array.from(cells.codes, (code) => cells.dictionary[code] ?? ''),
            true,
          )
    case 'boolean':
      return booleanVector(cells.values)
    default:
      return valueVector(cells.values as Float64Array, cells.kind, cells.isFull)
  }
}

/** Text; `emptyIsNull` where there is none of what is empty. */
export function utf8Vector(texts: readonly string[], emptyIsNull: boolean): Vector {
  const all = texts.join('')
  let bytes = Buffer.from(all)
  const offsets = new Int32Array(texts.length + 1)
  if (bytes.length === all.length) {
    for (let i = 0; i < texts.length; i++) offsets[i + 1] = offsets[i]! + texts[i]!.length
  } else {
    // One by one, as two halves of a surrogate pair that meet would be a whole one.
    bytes = Buffer.allocUnsafe(all.length * 3)
    for (let i = 0; i < texts.length; i++) offsets[i + 1] = offsets[i]! + bytes.write(texts[i]!, offsets[i]!)
    bytes = bytes.subarray(0, offsets[texts.length])
  }
  if (emptyIsNull) return plainVector(offsets, bytes)
  return { length: texts.length, nulls: 0, buffers: [none, bytesOf(offsets), bytes] }
}

function plainVector(offsets: Int32Array, bytes: Uint8Array): Vector {
  const validity = new Validity(offsets.length - 1)
  for (let i = 0; i < validity.length; i++) if (offsets[i] === offsets[i + 1]) validity.clear(i)
  return validity.vector(bytesOf(offsets), bytes)
}

function codesVector({ codes, isFull }: CodedCells, bits: 16 | 32): Vector {
  const validity = new Validity(codes.length)
  // Codes are somebody else's.
  const made = bits === 16 ? new Int16Array(codes) : isFull ? codes : codes.slice()
  for (let i = 0; !isFull && i < codes.length; i++) {
    if (codes[i]! >= 0) continue
    validity.clear(i)
    made[i] = 0
  }
  return validity.vector(bytesOf(made))
}

function booleanVector(values: Float64Array | Int8Array): Vector {
  const validity = new Validity(values.length)
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 1) bits[i >> 3]! |= 1 << (i & 7)
    else if (values[i] !== 0) validity.clear(i)
  }
  return validity.vector(bits)
}

function valueVector(
  values: Float64Array,
  kind: 'number' | 'date' | 'datetime',
  isFull: boolean | undefined,
): Vector {
  const validity = new Validity(values.length)
  for (let i = 0; !isFull && i < values.length; i++) if (Number.isNaN(values[i])) validity.clear(i)
  if (kind === 'number') return validity.vector(bytesOf(values))
  if (kind === 'date') {
    const days = new Int32Array(values.length)
    for (let i = 0; i < values.length; i++) days[i] = values[i]! / dayMs
    return validity.vector(bytesOf(days))
  }
  // Of 64 bits, in two halves.
  const halves = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    const high = Math.floor(values[i]! / 4_294_967_296)
    halves[i * 2] = values[i]! - high * 4_294_967_296
    halves[i * 2 + 1] = high
  }
  return validity.vector(bytesOf(halves))
}

/** Which cells there are: a bit each, from the lowest on. */
class Validity {
  readonly length: number
  #nulls = 0
  #bits: Uint8Array | undefined

  constructor(length: number) {
    this.length = length
  }

  clear(i: number): void {
    this.#bits ??= new Uint8Array((this.length + 7) >> 3).fill(0xff)
    this.#bits[i >> 3]! &= ~(1 << (i & 7))
    this.#nulls += 1
  }

  vector(...buffers: Uint8Array[]): Vector {
    return { length: this.length, nulls: this.#nulls, buffers: [this.#bits ?? none, ...buffers] }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
