import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { failureOf } from '../checks/callback.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { schemaMetadata } from '../columns/arrow-stream.ts'
import { ArrowWriter } from '../columns/arrow-writer.ts'
import { QueryError } from '../errors.ts'
import type { Block } from '../kernel/block.ts'
import { type Columns, columnsOf } from '../rows/columns.ts'
import { noBatches } from '../rows/misplaced.ts'
import type { TransformToBytes } from '../rows/row-stream.ts'
import { type Part, Slice } from '../rows/slices.ts'
import { Stage } from '../rows/stage.ts'
import { bytesOfRows, type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { type ColumnTypes, columnTypesSchema, typedHeaders } from '../rows/typed-headers.ts'
import { Upstream } from '../rows/upstream.ts'
import { type Gives, gives } from '../streams/gives.ts'

export interface ToArrowOptions extends StreamOptions {
  /** How many rows are in a record batch, at most; a million or less. Default 16,384. */
  batchRows?: number | undefined
  /**
   * Value types in place of what headers say, by header name or object key: `{ eventdate: 'DATETIME' }`, or `'TEXT'` for
   * a column of numbers that has other cells too. Default none.
   */
  columns?: ColumnTypes | undefined
}

const wrongRows = 'must be a whole number from 1 to 1,000,000'

const schema = z.strictObject({
  ...streamOptionsShape,
  batchRows: z
    .int({ error: wrongRows })
    .min(1, { error: wrongRows })
    .max(1_000_000, { error: wrongRows })
    .optional(),
  columns: columnTypesSchema,
} satisfies Shape<ToArrowOptions>)

/**
 * Rows or objects in, the bytes of an Apache Arrow IPC stream out (`.arrows`, not the `.arrow` file format), which
 * pyarrow, polars, DuckDB and apache-arrow read. No rows give a schema and no batch.
 *
 * Columns have the types of their headers: `float64` for numbers; `bool` for BOOLEAN and TRUE_ONLY; `date32` for DATE and
 * AGE; `timestamp[ms]` without a zone for DATETIME, where a time with an offset of its own is its UTC; a dictionary of
 * text for all else, or `utf8` where of a thousand cells in the first batch more than half differ. Where no header tells,
 * the first cell that is one does. `''`, null, NaN and infinite numbers are null. The schema's metadata has
 * `dhis2.headers`, the headers as JSON, and `dhis2.request`, the URL that was asked, where the stream in front knows it.
 *
 * The mark that ends an Arrow stream is only written behind the last row. The stream fails with a RowError that names
 * row, column and cell where a cell does not fit its column's type (text under NUMBER, a time under DATE, an integer that
 * a double does not hold) and where a row is longer or shorter than the columns; with a QueryError where the columns are
 * not known, `columns` names none that is there, objects have other keys than the columns, and behind bytes or batches.
 */
export function toArrow(options: ToArrowOptions = {}): TransformToBytes {
  return new ArrowStream(validate(schema, options, 'toArrow')) as unknown as TransformToBytes
}

class ArrowStream extends Stage {
  readonly [gives]: Gives = 'bytes'
  rowCount = 0
  byteCount = 0
  readonly #options: ToArrowOptions
  readonly #upstream: Upstream
  #columns: Columns | undefined
  #writer: ArrowWriter | undefined

  constructor(options: ToArrowOptions) {
    super(bytesOfRows(options))
    this.#options = options
    this.#upstream = new Upstream(this, 'toArrow', 'rows', { parts: 'objects' })
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    const isSlice = row instanceof Slice
    try {
      const writer = this.#writer ?? this.#begin(isSlice ? undefined : row)
      if (isSlice) for (const part of row.value as readonly Part[]) this.#addPart(writer, part)
      else this.#addRow(writer, row)
      this.#hand(writer)
    } catch (error) {
      return done(failureOf('A getter', error))
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    try {
      const writer = this.#writer ?? this.#begin(undefined)
      this.#columns!.end()
      writer.end()
      this.#hand(writer)
    } catch (error) {
      return done(failureOf('A getter', error))
    }
    done()
  }

  #addPart(writer: ArrowWriter, part: Part): void {
    if (Array.isArray(part)) for (const row of part) this.#addRow(writer, row)
    else {
      this.rowCount += (part as Block).rowCount
      writer.addBlock(part as Block)
    }
  }

  #addRow(writer: ArrowWriter, row: unknown): void {
    this.rowCount += 1
    writer.addRow(this.#columns!.cellsOf(row, this.rowCount))
  }

  #hand(writer: ArrowWriter): void {
    for (const message of writer.take()) {
      this.byteCount += message.length
      this.push(message)
    }
  }

  #begin(first: unknown): ArrowWriter {
    const { headers, metaData, request, gives: given } = this.#upstream
    const { batchRows = 16_384, columns: types } = this.#options
    if (given === 'batches') throw noBatches('toArrow')
    this.#columns = columnsOf('toArrow', headers, undefined, first, given === 'records')
    if (!this.#columns) {
      throw new QueryError(
        'toArrow: the columns are not known, because the stage in front announces no headers; announce them with ' +
          'mapRows(fn, { headers })',
      )
    }
    const named = headers ?? this.#columns.names.map((name) => ({ name }))
    const typed = typedHeaders('toArrow', named, types)
    const metadata = schemaMetadata(typed, request?.url)
    this.#writer = new ArrowWriter(typed, { batchRows, metadata, metaData })
    return this.#writer
  }
}
