import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { Dhis2ClientError } from '../errors.ts'
import { type DataValue, dataValueHeaders } from '../grid/data-values.ts'
import { DataValuesReader } from '../grid/data-values-reader.ts'
import { validate } from '../validate.ts'
import {
  RowTransform,
  type StreamOptions,
  streamOptions,
  type TransformTo,
  upstreamRequest,
} from './row-stream.ts'
import { streamOptionsShape } from './stream-options.ts'

export interface ParseDataValuesOptions extends StreamOptions {
  /**
   * How many bytes may be held of one value: a data value, or anything beside them. Past it the stream fails with a
   * GridFormatError. Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
}

const schema = z.strictObject({ ...streamOptionsShape, maxBufferedBytes: z.int().min(1).optional() })

/**
 * Bytes of `/api/analytics/dataValueSet.json` in, its data values out, one object each, as the wire has them:
 * `{ dataElement: 'fbfJHSPpUQD', period: '202401', orgUnit: 'ImspTQPwCqd', value: '12', … }`. Memory is constant,
 * whatever their number.
 *
 * They are announced as a row stream is, with a header for each field that DHIS2 documents, so that `toCsv` behind it
 * has its header line before it has a value.
 *
 * The stream fails, after the data values that were fine, with a
 * GridFormatError (malformed JSON, a data value without one of the four fields above, a limit passed),
 * TruncatedResponseError (the JSON stops early),
 * UnexpectedContentError (no dataValueSet: a grid, HTML, CSV, an array, nothing) or
 * Dhis2ApiError (an error object in place of it).
 */
export function parseDataValues(options: ParseDataValuesOptions = {}): TransformTo<DataValue> {
  const checked = validate(schema, options, 'parseDataValues') as ParseDataValuesOptions
  return new DataValueParser(checked) as unknown as TransformTo<DataValue>
}

class DataValueParser extends RowTransform {
  readonly #reader: DataValuesReader
  readonly #request = upstreamRequest(this)
  #resume: (() => void) | undefined

  constructor({ maxBufferedBytes = 128 * 1024 * 1024, highWaterMark, ...rest }: ParseDataValuesOptions) {
    super({
      ...streamOptions(rest, { readableObjectMode: true }),
      ...(highWaterMark !== undefined && { readableHighWaterMark: highWaterMark }),
    })
    this.#reader = new DataValuesReader(maxBufferedBytes)
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#pass(this.#reader.read(chunk), done)
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#reader.end()
      if (!this.headers) this.announce(dataValueHeaders, undefined)
      done()
    } catch (error) {
      done(this.#named(error))
    }
  }

  override _read(size: number): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
    // Transform keeps the callback of a chunk that ends in here for the next `_read`: this one.
    super._read(size)
  }

  /** A chunk of any size is passed on a slice at a time, as fast as slices are taken. */
  #pass(slices: Generator<DataValue[], void>, done: TransformCallback): void {
    for (;;) {
      let slice: IteratorResult<DataValue[], void>
      try {
        slice = slices.next()
      } catch (error) {
        return done(this.#named(error))
      }
      if (slice.done) return done()
      if (!this.headers) this.announce(dataValueHeaders, undefined)
      let wanted = true
      for (const value of slice.value) wanted = this.push(value)
      if (wanted) continue
      this.#resume = () => this.#pass(slices, done)
      return
    }
  }

  #named(error: unknown): Error {
    const { current } = this.#request
    if (current && error instanceof Dhis2ClientError) error.during(current)
    return error as Error
  }
}
