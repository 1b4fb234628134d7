import { z } from 'zod'
import { functionSchema, type Shape } from '../checks/validate.ts'
import { type CallOptions, callOptionsShape } from '../http/options.ts'
import { type ColumnTypes, columnTypesSchema } from '../rows/typed-headers.ts'
import type { Progress } from '../transforms/count-bytes.ts'

export interface StreamToOptions extends CallOptions {
  /** How many bytes are written at a time. Default 1 MiB. */
  chunkSize?: number | undefined
  /** Told of the bytes that came, ten times a second at most and once at the end. An attempt anew starts at 0. */
  onProgress?: ((progress: Progress) => void) | undefined
}

export const streamToSchema = z.strictObject({
  ...callOptionsShape,
  chunkSize: z
    .int({ error: 'must be a whole number of bytes, 1 or more' })
    .min(1)
    .max(1024 ** 3)
    .optional(),
  onProgress: functionSchema<(progress: Progress) => void>().optional(),
} satisfies Shape<StreamToOptions>)

export interface TableCallOptions extends CallOptions {
  /**
   * Value types in place of what headers say, by header name: `{ eventdate: 'DATETIME' }`, or `'TEXT'` for a column of
   * numbers that has other cells too. Default none.
   */
  columns?: ColumnTypes | undefined
}

export const tableOptionsSchema = z.strictObject({
  ...callOptionsShape,
  columns: columnTypesSchema,
} satisfies Shape<TableCallOptions>)

export interface PlanOptions extends CallOptions {
  /** Cells that a piece may have to begin with. Default 50,000. */
  pieceCells?: number | undefined
  /** Bytes of path and query that a request may have. Default 6,500. */
  urlBytes?: number | undefined
}

export const planOptionsSchema = z.strictObject({
  ...callOptionsShape,
  pieceCells: z.int({ error: 'must be a whole number of cells, 1 or more' }).min(1).optional(),
  urlBytes: z.int({ error: 'must be a whole number of bytes, 400 or more' }).min(400).optional(),
} satisfies Shape<PlanOptions>)
