import type { Readable, Writable } from 'node:stream'
import type { Taker } from '../json/taker.ts'

/**
 * How rows get to the next stage in another form than rows, and more than one at a time: as CSV bytes, say, made of the
 * bytes of the JSON. To be fast is all that this is for; nothing is lost where it does not come about.
 *
 * A stage that has a use for it gives a `Taker` to its `Upstream`. Where the stream in front has a method under this
 * symbol, it is called when that is piped in. For as long as the stage is then its only reader, rows are put into the
 * taker, and what the taker makes is written to the stage as a `Slice`: past the stream's own output, and in its place
 * among the rows, as far as there are any. A second reader of the rows, or an unpipe, and it is rows again.
 */
export const slices: unique symbol = Symbol('slices')

/** A stream of rows that can be asked for slices. */
export interface SliceSource extends Readable {
  [slices](sink: Writable, taker: Taker<unknown>): void
}

/** What a taker made of some rows, on its way to the stage that gave the taker. No one else ever sees one. */
export class Slice<T> {
  readonly value: T
  /** How many rows there were, with these. */
  readonly rowCount: number

  constructor(value: T, rowCount: number) {
    this.value = value
    this.rowCount = rowCount
  }
}
