import type { TransformOptions } from 'node:stream'
import { z } from 'zod'
import { abortSignal, type Shape } from '../checks/validate.ts'

/** The stream options every transform takes, as in `node:stream`. */
export interface StreamOptions {
  /** How much waits in memory for a slow reader: rows or objects, or bytes where the output is bytes. */
  highWaterMark?: number | undefined
  /** Destroys the transform with an AbortError. */
  signal?: AbortSignal | undefined
}

/** What every transform checks of its options. */
export const streamOptionsShape = {
  highWaterMark: z.int({ error: 'must be a whole number' }).min(1).optional(),
  signal: abortSignal.optional(),
} satisfies Shape<StreamOptions>

/** Stream options for `node:stream`, which tells a missing option from an undefined one. */
export function streamOptions(
  { highWaterMark, signal }: StreamOptions,
  side: TransformOptions = {},
): TransformOptions {
  return { ...side, ...(highWaterMark !== undefined && { highWaterMark }), ...(signal && { signal }) }
}

/** Those of a stage that makes bytes of rows: `highWaterMark` counts bytes, and so it is not for the rows that wait. */
export function bytesOfRows({ highWaterMark, signal }: StreamOptions): TransformOptions {
  const sides = { writableObjectMode: true, ...(highWaterMark && { readableHighWaterMark: highWaterMark }) }
  return streamOptions({ signal }, sides)
}
