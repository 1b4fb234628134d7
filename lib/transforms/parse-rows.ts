import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { Dhis2ClientError } from '../errors.ts'
import type { MetaData, Row } from '../grid/grid.ts'
import { GridReader } from '../grid/grid-reader.ts'
import { validate } from '../validate.ts'
import { RowTransform, type StreamOptions, streamOptions, upstreamRequest } from './row-stream.ts'
import { streamOptionsShape } from './stream-options.ts'

export interface ParseRowsOptions extends StreamOptions {
  /**
   * How many bytes may be held of one value: a row, `metaData`, or the rows that come before the headers.
   * Past it the stream fails with a GridFormatError. Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
}

const schema = z.strictObject({ ...streamOptionsShape, maxBufferedBytes: z.int().min(1).optional() })

/**
 * Bytes of a JSON grid in, rows out: one array of cells a row, in header order, as the wire has them.
 *
 * In: any analytics endpoint's JSON, in chunks of any size, keys in any order. Out: a row stream (`'headers'`,
 * `headers`, `metaData`). Memory is constant, whatever the number of rows.
 *
 * The stream fails, after the rows that were fine, with a
 * GridFormatError (malformed JSON, a row that does not fit the headers, a limit passed),
 * TruncatedResponseError (the JSON stops early, or holds fewer or more rows than its `height`),
 * UnexpectedContentError (no grid: HTML, CSV, an array, a dataValueSet, nothing) or
 * Dhis2ApiError (an error object in place of a grid).
 */
export function parseRows(options: ParseRowsOptions = {}): RowTransform {
  return new RowParser(validate(schema, options, 'parseRows') as ParseRowsOptions)
}

class RowParser extends RowTransform {
  readonly #reader: GridReader
  readonly #request = upstreamRequest(this)
  #resume: (() => void) | undefined

  constructor(options: ParseRowsOptions) {
    const { highWaterMark, ...rest } = options
    super({
      ...streamOptions(rest, { readableObjectMode: true }),
      ...(highWaterMark !== undefined && { readableHighWaterMark: highWaterMark }),
    })
    this.#reader = new GridReader({
      maxBufferedBytes: options.maxBufferedBytes,
      onHeaders: (headers, metaData) => this.announce(headers, metaData),
    })
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#pass(this.#reader.read(chunk), done)
  }

  override _flush(done: TransformCallback): void {
    this.#pass(this.#reader.end(), (error) => {
      this.metaData ??= this.#reader.fields.get('metaData') as MetaData | undefined
      done(error)
    })
  }

  override _read(size: number): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
    // Transform keeps the callback of a chunk that ends in here for the next `_read`: this one.
    super._read(size)
  }

  /** A chunk of any size becomes rows a slice at a time, as fast as they are taken. */
  #pass(slices: Generator<Row[], void>, done: TransformCallback): void {
    for (;;) {
      let slice: IteratorResult<Row[], void>
      try {
        slice = slices.next()
      } catch (error) {
        const { current } = this.#request
        if (current && error instanceof Dhis2ClientError) error.during(current)
        return done(error as Error)
      }
      if (slice.done) return done()
      let wanted = true
      for (const row of slice.value) wanted = this.push(row)
      if (wanted) continue
      this.#resume = () => this.#pass(slices, done)
      return
    }
  }
}
