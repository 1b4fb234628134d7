/** Something behind what was written: writes it, and returns where. */
export type Write = (bytes: FlatBytes) => number

/** A field of a table: a number of so many bytes, or something behind the table; undefined where it has its default. */
export type Slot = readonly [size: 1 | 2 | 4 | 8, value: number] | Write | undefined

/**
 * A FlatBuffers message, written from its front to its back: what a field refers to comes behind the field. Only what
 * Arrow's messages are made of.
 */
export class FlatBytes {
  #bytes = Buffer.alloc(1024)
  #end = 0

  /** All of a message, in a multiple of 8 bytes. */
  static of(root: Write): Buffer {
    const bytes = new FlatBytes()
    const at = bytes.#room(4, 4)
    bytes.#refer(at, root)
    bytes.#room(0, 8)
    return bytes.#bytes.subarray(0, bytes.#end)
  }

  table(slots: readonly Slot[]): number {
    const vtableBytes = 4 + slots.length * 2
    const vtable = this.#room(vtableBytes, 2)
    const places: number[] = []
    let length = 4
    for (const slot of slots) {
      const size = sizeOf(slot)
      if (size) length = Math.ceil(length / size) * size
      places.push(size ? length : 0)
      length += size
    }
    const table = this.#room(length, 8)
    this.#bytes.writeUInt16LE(vtableBytes, vtable)
    this.#bytes.writeUInt16LE(length, vtable + 2)
    this.#bytes.writeInt32LE(table - vtable, table)
    for (const [i, place] of places.entries()) {
      this.#bytes.writeUInt16LE(place, vtable + 4 + i * 2)
      const slot = slots[i]
      if (typeof slot === 'function') this.#refer(table + place, slot)
      else if (slot?.[0] === 8) this.#bytes.writeBigInt64LE(BigInt(slot[1]), table + place)
      else if (slot) this.#bytes.writeIntLE(slot[1], table + place, slot[0])
    }
    return table
  }

  text(text: string): number {
    const length = Buffer.byteLength(text)
    const at = this.#room(4 + length + 1, 4)
    this.#bytes.writeUInt32LE(length, at)
    this.#bytes.write(text, at + 4)
    return at
  }

  vector(items: readonly Write[]): number {
    const at = this.#room(4 + items.length * 4, 4)
    this.#bytes.writeUInt32LE(items.length, at)
    for (const [i, item] of items.entries()) this.#refer(at + 4 + i * 4, item)
    return at
  }

  /** Structs of two whole numbers of 64 bits. */
  pairs(pairs: readonly (readonly [number, number])[]): number {
    // The length stands in front of the first, which is where multiples of 8 begin.
    this.#room(0, 8)
    const at = this.#room(8 + pairs.length * 16, 8) + 4
    this.#bytes.writeUInt32LE(pairs.length, at)
    for (const [i, [first, second]] of pairs.entries()) {
      this.#bytes.writeBigInt64LE(BigInt(first), at + 4 + i * 16)
      this.#bytes.writeBigInt64LE(BigInt(second), at + 12 + i * 16)
    }
    return at
  }

  #refer(at: number, write: Write): void {
    const place = write(this)
    this.#bytes.writeUInt32LE(place - at, at)
  }

  /** The place of so many zeros, at a multiple of `alignment`. */
  #room(length: number, alignment: number): number {
    const at = Math.ceil(this.#end / alignment) * alignment
    this.#end = at + length
    if (this.#end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#end, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return at
  }
}

function sizeOf(slot: Slot): number {
  if (slot === undefined) return 0
  return typeof slot === 'function' ? 4 : slot[0]
}
