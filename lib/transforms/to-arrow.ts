import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import { ColumnarStage } from '../rows/columnar-stage.ts'
import type { TransformToBytes } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { type ColumnTypes, columnTypesSchema, typedHeaders } from '../rows/typed-headers.ts'

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
  const { batchRows = 16_384, columns, ...stream } = validate(schema, options, 'toArrow')
  return new ColumnarStage('toArrow', stream, async ({ headers, metaData, request }) => {
    // Most lines have none: what writes columns is loaded for those that have.
    const { ArrowWriter } = await import('../columns/arrow-writer.ts')
    const { schemaMetadata } = await import('../columns/arrow-stream.ts')
    const typed = typedHeaders('toArrow', headers, columns)
    const metadata = schemaMetadata(typed, request?.url)
    return new ArrowWriter(typed, { batchRows, metadata, metaData })
  }) as unknown as TransformToBytes
}
