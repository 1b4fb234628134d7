import type { Readable, Writable } from 'node:stream'
import type { Taker } from '../json/taker.ts'
import type { Block } from '../kernel/block.ts'

/**
 * How rows get to the next stage in another form than rows, and more than one at a time: as CSV bytes, say, made of the
 * bytes of the JSON, or a column at a time. To be fast is all that this is for; nothing is lost where it does not come
 * about.
 *
 * A stage that has a use for it says what it wants to its `Upstream`. Where the stream in front has a method under this
 * symbol, it is called when that is piped in. For as long as the stage is then its only reader, what it wants is
 * written to it as a `Slice`: past the stream's own output, and in its place among the rows, as far as there are any. A
 * second reader of the rows, or an unpipe, and it is rows again.
 */
export const slices: unique symbol = Symbol('slices')

/** What a stage has a use for. */
export interface Wanted {
  /** It makes the slices, of the bytes that rows are read from: of a stream that reads them. */
  readonly taker?: Taker<unknown> | undefined
  /** Where there is no such taker, or no bytes, slices are lists of parts: only where rows are arrays, or of objects too. */
  readonly parts?: 'rows' | 'objects' | undefined
}

/** Some rows: a column at a time, or as the stream gives them one by one, arrays or objects. */
export type Part = Block | readonly unknown[]

export function isBlock(part: Part): part is Block {
  return !Array.isArray(part)
}

/** A stream of rows that can be asked for slices. */
export interface SliceSource extends Readable {
  [slices](sink: Writable, wanted: Wanted): void
}

/** What a stage wanted, on its way there. No one else ever sees one. */
export class Slice<T = unknown> {
  readonly value: T
  /** How many rows there were, with these. */
  readonly rowCount: number

  constructor(value: T, rowCount: number) {
    this.value = value
    this.rowCount = rowCount
  }
}
