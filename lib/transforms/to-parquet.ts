import { z } from 'zod'
import { valueTypeOf } from '../cells/cast-cell.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { schemaMetadata } from '../columns/arrow-stream.ts'
import { type Compression, codecOf, compressions } from '../columns/compression.ts'
import { GridColumns } from '../columns/grid-columns.ts'
import { ParquetWriter } from '../columns/parquet-writer.ts'
import { QueryError } from '../errors.ts'
import { ColumnarStage } from '../rows/columnar-stage.ts'
import type { TransformToBytes } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { type ColumnTypes, columnTypesSchema, typedHeaders } from '../rows/typed-headers.ts'
import { version } from '../version.ts'

export type { Compression } from '../columns/compression.ts'

export interface ToParquetOptions extends StreamOptions {
  /**
   * How pages are compressed. `zstd` needs Node 22.15 or later. Default `snappy`, which every reader knows and which is
   * the fastest; `gzip`, `brotli` and `zstd` make smaller files.
   */
  compression?: Compression | undefined
  /**
   * How many rows are in a row group, at most; a million or less. So many rows are held in memory, 4 bytes a cell of text
   * and 8 of all else. Default 122,880, which is DuckDB's own.
   */
  rowGroupRows?: number | undefined
  /**
   * Value types in place of what headers say, by header name or object key: `{ eventdate: 'DATETIME' }`, or `'TEXT'` for
   * a column of numbers that has other cells too. Default none.
   */
  columns?: ColumnTypes | undefined
}

const wrongRows = 'must be a whole number from 1 to 1,000,000'

const schema = z.strictObject({
  ...streamOptionsShape,
  compression: z.literal(compressions, { error: `must be ${compressions.join(', ')}` }).optional(),
  rowGroupRows: z
    .int({ error: wrongRows })
    .min(1, { error: wrongRows })
    .max(1_000_000, { error: wrongRows })
    .optional(),
  columns: columnTypesSchema,
} satisfies Shape<ToParquetOptions>)

/**
 * Rows or objects in, the bytes of a Parquet file out: `pipeline(rows, toParquet(), toFile('anc.parquet'))`. DuckDB,
 * pandas, polars, Spark and BigQuery read it.
 *
 * Columns have the types of their headers: DOUBLE for numbers; BOOLEAN for BOOLEAN and TRUE_ONLY; DATE for DATE and AGE;
 * TIMESTAMP in milliseconds, `isAdjustedToUTC=false`, for DATETIME, where a time with an offset of its own is its UTC;
 * STRING for all else. So all files of the same headers have one schema, also one of no rows. Of objects whose headers
 * nobody announced, the first cell of a column that is one tells. `''`, null, NaN and infinite numbers are null.
 *
 * Each row group has dictionaries of its own, and tells of each column how many cells are null and, unless they are
 * long texts, the smallest and the largest. The metadata of the file has `dhis2.headers`, the headers as JSON, and
 * `dhis2.request`, the URL that was asked, where the stream in front knows it.
 *
 * The end of the file, without which nobody reads it, is only written behind the last row. The stream fails with a
 * RowError that names row, column and cell where a cell does not fit its column's type (text under NUMBER, a time under
 * DATE, an integer that a double does not hold) and where a row is longer or shorter than the columns; with a QueryError
 * where the columns are not known, `columns` names none that is there, objects have other keys than the columns, and
 * behind bytes or batches.
 *
 * @throws QueryError for `zstd` on a Node that has it not.
 */
export function toParquet(options: ToParquetOptions = {}): TransformToBytes {
  const {
    compression = 'snappy',
    rowGroupRows = 122_880,
    columns,
    ...stream
  } = validate(schema, options, 'toParquet')
  const codec = codecOf(compression)
  if (!codec) {
    throw new QueryError(
      `toParquet: compression: Node ${process.versions.node} has no ${compression}; it comes with Node 22.15`,
    )
  }
  return new ColumnarStage('toParquet', stream, async ({ headers, isAnnounced, request }) => {
    const typed = typedHeaders('toParquet', headers, columns)
    const written = isAnnounced ? typed.map(asTextUnlessTyped) : typed
    return new ParquetWriter((onFull) => new GridColumns(written, rowGroupRows, onFull), {
      names: headers.map(({ name }) => name),
      codec,
      metadata: schemaMetadata(typed, request?.url),
      createdBy: `dhis2-analytics-stream version ${version}`,
    })
  }) as unknown as TransformToBytes
}

/** Whatever is in it: files of the same headers have the same columns. */
function asTextUnlessTyped<T extends Parameters<typeof valueTypeOf>[0]>(header: T): T {
  return valueTypeOf(header) === undefined ? { ...header, valueType: 'TEXT' } : header
}
