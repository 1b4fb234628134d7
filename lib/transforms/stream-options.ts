import { z } from 'zod'

/** What every transform checks of its options. */
export const streamOptionsShape = {
  highWaterMark: z.int({ error: 'must be a whole number' }).min(1).optional(),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
}
