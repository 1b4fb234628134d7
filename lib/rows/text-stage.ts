import type { TransformCallback } from 'node:stream'
import { type Gives, gives } from '../streams/gives.ts'
import { Stage } from './stage.ts'
import { bytesOfRows, type StreamOptions } from './stream-options.ts'

/** How much text is gathered before it is handed on, in characters. */
const chunkLength = 64 * 1024

/** A stage that writes rows as text, and hands that on as bytes of UTF-8, some tens of kB at a time. */
export abstract class TextStage extends Stage {
  readonly [gives]: Gives = 'bytes'
  /** How many rows went in so far. */
  rowCount = 0
  /** How many bytes came out so far. */
  byteCount = 0
  /** What was written and not handed on yet. */
  protected text = ''

  constructor(options: StreamOptions) {
    super(bytesOfRows(options))
  }

  /** Ends a row's turn. */
  protected next(done: TransformCallback): void {
    if (this.text.length < chunkLength) done()
    else done(null, this.taken())
  }

  protected taken(): Buffer {
    const bytes = Buffer.from(this.text)
    this.text = ''
    this.byteCount += bytes.length
    return bytes
  }
}

/** The place of the first cell that has no text; -1 where all have one. */
export function firstWithout(cells: readonly unknown[], textOf: (cell: unknown) => string): number {
  return cells.findIndex((cell) => {
    try {
      textOf(cell)
      return false
    } catch {
      return true
    }
  })
}
