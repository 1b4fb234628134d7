/** Some cells of a column, in as little memory as they need: valid until more are added. */
export type Cells = ValueCells | CodedCells | PlainCells

interface Filled {
  /** True where it is known that none is null. */
  readonly isFull?: boolean
}

/** Numbers; booleans as 1 and 0; days and times as milliseconds since 1970. Null is NaN, of booleans in bytes -1. */
export interface ValueCells extends Filled {
  readonly kind: ValueKind
  readonly values: Float64Array | Int8Array
}

export type ValueKind = 'number' | 'boolean' | 'date' | 'datetime'

/** Text, as places in a dictionary. Null is -1. */
export interface CodedCells extends Filled {
  readonly kind: 'text'
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

/** Text in UTF-8, each from its offset to that of the next. Null is empty. */
export interface PlainCells {
  readonly kind: 'plain'
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}
