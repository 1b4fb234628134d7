import type { TransformCallback } from 'node:stream'
import { type Block, rowsOf } from '../kernel/block.ts'
import { BlockText, type LineFormat } from '../kernel/text-kernel.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { isBlock, type Part, Slice } from './slices.ts'
import { Stage } from './stage.ts'
import { bytesOfRows, type StreamOptions } from './stream-options.ts'

/** How much text is gathered before it is handed on, in characters: at least this, and less than twice of it. */
const chunkLength = 64 * 1024

const noBytes = Buffer.alloc(0)

/** A stage that writes rows as text, and hands that on as bytes of UTF-8, 64 to 128 kB at a time. */
export abstract class TextStage extends Stage {
  readonly [gives]: Gives = 'bytes'
  /** How many rows went in so far, with the one that is being written. */
  rowCount = 0
  /** How many bytes came out so far. */
  byteCount = 0
  /** What was written and not handed on yet, behind the lines of blocks. */
  protected text = ''
  #lines: Buffer = noBytes
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
    if (row instanceof Slice) return this.pass(this.#chunksOf(row), (bytes) => this.push(bytes), done)
    try {
      this.beginOnce(row)
      this.#add(row)
    } catch (error) {
      return done(error as Error)
    }
    if (this.text.length + this.#lines.length < chunkLength) done()
    else done(null, this.taken())
  }

  override _read(size: number): void {
    // What is pushed within a read becomes one chunk with what waits for it.
    if (this.isWaiting) process.nextTick(() => this.goOn())
    else super._read(size)
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
    const bytes = this.#all(noBytes)
    this.byteCount += bytes.length
    return bytes
  }

  #add(row: unknown): void {
    this.rowCount += 1
    try {
      this.text += this.lineOf(row)
    } catch (error) {
      throw this.named(error, row)
    }
  }

  /** Of bytes that were written straight from the body, or of parts. */
  *#chunksOf({ value, rowCount }: Slice): Generator<Buffer, void> {
    this.beginOnce(undefined)
    if (value instanceof Uint8Array) {
      this.rowCount = rowCount
      if (this.text || this.#lines.length) yield this.taken()
      this.byteCount += value.length
      yield value as Buffer
      return
    }
    for (const part of value as readonly Part[]) {
      for (const row of isBlock(part) ? this.#leftOf(part) : part) this.#add(row)
      yield* this.#chunks()
    }
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
    this.#lines = this.#all(lines)
    return []
  }

  #blockText(): BlockText | undefined {
    if (this.#blocks !== null) return this.#blocks
    const format = this.lineFormat()
    this.#blocks = format && BlockText.create(format)
    return this.#blocks
  }

  /**
   * What was gathered, where it fills a chunk: in chunks cut behind a line, the last of up to twice the length, so that
   * nothing is left to be copied in front of the next lines.
   */
  *#chunks(): Generator<Buffer, void> {
    let bytes = this.#all(noBytes)
    while (bytes.length >= chunkLength) {
      const end = bytes.length < chunkLength * 2 ? bytes.length : bytes.indexOf('\n', chunkLength - 1) + 1
      this.byteCount += end
      this.#lines = bytes.subarray(end)
      yield bytes.subarray(0, end)
      bytes = this.#lines
    }
    this.#lines = bytes
  }

  /** All that was written and not handed on, with these lines behind it. */
  #all(lines: Buffer): Buffer {
    if (this.text === '' && this.#lines.length === 0) return lines
    if (this.text === '' && lines.length === 0) return this.#lines
    const bytes = Buffer.concat([this.#lines, Buffer.from(this.text), lines])
    this.#lines = noBytes
    this.text = ''
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
