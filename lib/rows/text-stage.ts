import type { TransformCallback } from 'node:stream'
import { type Block, rowsOf } from '../kernel/block.ts'
import { BlockText, type LineFormat } from '../kernel/text-kernel.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { type Part, Slice } from './slices.ts'
import { Stage } from './stage.ts'
import { bytesOfRows, type StreamOptions } from './stream-options.ts'

/** How much text is gathered before it is handed on, in characters. */
const chunkLength = 64 * 1024

/** A stage that writes rows as text, and hands that on as bytes of UTF-8, some tens of kB at a time. */
export abstract class TextStage extends Stage {
  readonly [gives]: Gives = 'bytes'
  /** How many rows went in so far, with the one that is being written. */
  rowCount = 0
  /** How many bytes came out so far. */
  byteCount = 0
  /** What was written and not handed on yet. */
  protected text = ''
  #begun = false
  #blocks: BlockText | undefined | null = null

  constructor(options: StreamOptions) {
    super(bytesOfRows(options))
  }

  /** Called before anything is written, with the first row where it comes as one. */
  protected abstract begin(first: unknown): void
  /** The line of a row, or of an object. */
  protected abstract lineOf(row: unknown): string
  /** How lines are written where there are blocks of rows; undefined where that has to go row by row. */
  protected abstract lineFormat(): LineFormat | undefined
  /** What to say of an error, with the row and the column it is about. */
  protected abstract named(error: unknown, row: unknown): Error

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    const isSlice = row instanceof Slice
    try {
      this.beginOnce(isSlice ? undefined : row)
    } catch (error) {
      return done(this.named(error, row))
    }
    const failure = isSlice ? this.#addSlice(row) : this.#add(row)
    if (failure) done(failure)
    else if (this.text.length < chunkLength) done()
    else done(null, this.taken())
  }

  /** The columns of a block that are wanted. */
  protected picked(block: Block): Block {
    return block
  }

  protected beginOnce(first: unknown): void {
    if (this.#begun) return
    this.#begun = true
    this.begin(first)
  }

  protected taken(): Buffer {
    const bytes = Buffer.from(this.text)
    this.text = ''
    this.byteCount += bytes.length
    return bytes
  }

  #add(row: unknown): Error | undefined {
    this.rowCount += 1
    try {
      this.text += this.lineOf(row)
      return undefined
    } catch (error) {
      return this.named(error, row)
    }
  }

  /** Bytes that were written straight from the body, or parts. */
  #addSlice({ value, rowCount }: Slice): Error | undefined {
    if (value instanceof Uint8Array) {
      this.rowCount = rowCount
      this.#hand(value)
      return undefined
    }
    for (const part of value as readonly Part[]) {
      const rows = Array.isArray(part) ? part : this.#leftOf(part as Block)
      for (const row of rows) {
        const failure = this.#add(row)
        if (failure) return failure
      }
    }
    return undefined
  }

  /** The rows of a block, unless it could be written at once. */
  #leftOf(block: Block): readonly unknown[] {
    let lines: Buffer | undefined
    try {
      lines = this.#blockText()?.write(this.picked(block))
    } catch {
      // Row by row it is known which one it was.
    }
    if (!lines) return rowsOf(block)
    this.rowCount += block.rowCount
    this.#hand(lines)
    return []
  }

  #blockText(): BlockText | undefined {
    if (this.#blocks !== null) return this.#blocks
    const format = this.lineFormat()
    this.#blocks = format && BlockText.create(format)
    return this.#blocks
  }

  #hand(bytes: Uint8Array): void {
    if (this.text) this.push(this.taken())
    this.byteCount += bytes.length
    this.push(bytes)
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
