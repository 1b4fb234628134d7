import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import { type DataValue, dataValueHeaders } from '../grid/data-values.ts'
import { DataValuesReader } from '../grid/data-values-reader.ts'
import { ParserStream } from '../rows/parser-stream.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { type Gives, gives } from '../streams/gives.ts'

export interface ParseDataValuesOptions extends StreamOptions {
  /**
   * How many bytes may be held: of a data value, of those that wait for what all share, or of all that is beside them. A
   * great many small values, which take more memory than bytes, count for more than theirs. Past it the stream fails
   * with a GridFormatError. Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  maxBufferedBytes: z.int().min(1).optional(),
} satisfies Shape<ParseDataValuesOptions>)

/** Where an empty set is one without a list, up to 2.36. */
const rawValues = /\/dataValueSets(\.json)?(\?|$)/

/**
 * Bytes of `/api/analytics/dataValueSet.json` or `/api/dataValueSets.json` in, its data values out, one object each, as
 * the wire has them: `{ dataElement: 'fbfJHSPpUQD', period: '202401', orgUnit: 'ImspTQPwCqd', value: '12', … }`. Memory is
 * constant, whatever their number.
 *
 * What the set says once of all its values (a period, an org unit, an attribute option combo; a data set) stands in each
 * that leaves, unless it has its own. A value that is deleted, only commented or marked for follow-up has no `value`.
 *
 * They are announced as a row stream is, with a header for each field that DHIS2 documents and each that the set says of
 * all, so that `toCsv` behind it has its header line before it has a value.
 *
 * The stream fails, and drops the data values that still wait to be read, with a
 * GridFormatError (malformed JSON, a data value without one of the four fields above, a limit passed, option combos of
 * all behind values that have left without),
 * TruncatedResponseError (the JSON stops early),
 * UnexpectedContentError (no dataValueSet: a grid, HTML, CSV, an array, nothing) or
 * Dhis2ApiError (an error object in place of it).
 */
export function parseDataValues(options: ParseDataValuesOptions = {}): TransformTo<DataValue> {
  const checked = validate(schema, options, 'parseDataValues')
  return new DataValueParser(checked) as unknown as TransformTo<DataValue>
}

class DataValueParser extends ParserStream<DataValue[], DataValue> {
  readonly [gives]: Gives = 'records'
  rowCount = 0
  readonly #reader: DataValuesReader

  constructor({ maxBufferedBytes, ...options }: ParseDataValuesOptions) {
    super('parseDataValues', options)
    this.#reader = new DataValuesReader(maxBufferedBytes)
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.passOn(this.#reader.read(chunk), done)
  }

  get #isRaw(): boolean {
    return rawValues.test(this.request?.url ?? '')
  }

  override _flush(done: TransformCallback): void {
    this.passOn(this.#ending(), done)
  }

  *#ending(): Generator<DataValue[], void> {
    yield* this.#reader.read(this.written.rest())
    yield* this.#reader.end(this.#isRaw)
  }

  protected override hand(values: DataValue[]): boolean {
    if (!this.headers) this.announce(dataValueHeaders(this.#reader.shared.keys(), this.#isRaw))
    let wanted = true
    this.rowCount += values.length
    for (const value of values) wanted = this.push(value)
    return wanted
  }
}
