/** A value in Thrift's compact protocol, in which Parquet says what is in a file. */
export interface ThriftValue {
  readonly type: number
  write(out: ThriftBytes): void
}

const types = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const
/** A longer list says its length behind its type. */
const shortList = 15

/** Bytes that grow. */
export class ThriftBytes {
  #bytes = Buffer.allocUnsafe(1024)
  #length = 0

  static of(value: ThriftValue): Buffer {
    const out = new ThriftBytes()
    value.write(out)
    return out.#bytes.subarray(0, out.#length)
  }

  byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  /** Seven bits a byte, the low ones first. Not by shifting: offsets have more than 32 bits. */
  varint(number: number): void {
    let left = number
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.byte((left % 0x80) | 0x80)
    this.byte(left)
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#length + length, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** A whole number that is not negative. */
export const i32 = (number: number) => whole(types.i32, number)
export const i64 = (number: number) => whole(types.i64, number)

export const bool = (value: boolean): ThriftValue => ({
  // Among fields it is all in its type.
  type: value ? types.true : types.false,
  write: () => undefined,
})

export function binary(value: string | Uint8Array): ThriftValue {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return {
    type: types.binary,
    write(out) {
      out.varint(bytes.length)
      out.bytes(bytes)
    },
  }
}

/** Values of one type. */
export function list(values: readonly ThriftValue[]): ThriftValue {
  const type = values[0]?.type ?? types.struct
  return {
    type: types.list,
    write(out) {
      out.byte((Math.min(values.length, shortList) << 4) | type)
      if (values.length >= shortList) out.varint(values.length)
      for (const value of values) value.write(out)
    },
  }
}

/** Fields by their numbers, which rise by less than 16; those that are undefined are left out. */
export function struct(fields: Readonly<Record<number, ThriftValue | undefined>>): ThriftValue {
  return {
    type: types.struct,
    write(out) {
      let before = 0
      for (const [key, value] of Object.entries(fields)) {
        if (!value) continue
        const id = Number(key)
        out.byte(((id - before) << 4) | value.type)
        value.write(out)
        before = id
      }
      out.byte(0)
    },
  }
}

/** Signed numbers are twice as large; those here have no sign. */
function whole(type: number, number: number): ThriftValue {
  return { type, write: (out) => out.varint(number * 2) }
}
