import { z } from 'zod'
import { type Shape, validate } from '../../checks/validate.ts'
import { type PullRunOptions, runOptionsShape } from '../run/run-options.ts'

/**
 * What `pull.refresh()` takes. What each way to find changes can't see is pulled again by a full pull, which is why there is
 * one now and then:
 *
 * - `periods`: whatever has happened to earlier ones.
 * - changed values: values that are gone from the database without a trace, as by a merge of org units or an
 *   administrator's hand; values that are approved, or hidden from this user, since; program indicators, reporting rates
 *   and all that counts events (the report names them in `holes`).
 * - metadata: sharing, approval levels, system settings, data sets' org units, which reporting rates expect reports of.
 * - coarse questions: what adds up to the same at the two topmost levels, or lies where values have changed besides.
 */
export interface PullRefreshOptions extends PullRunOptions {
  /** So many of the last periods that have begun are always pulled again, of each length. Default 3. */
  readonly periods?: number | undefined
  /**
   * Whether pieces are pulled again where values were entered, changed or deleted since the last time. Takes a user who may
   * read the data sets. Default true.
   */
  readonly changedValues?: boolean | undefined
  /** What is pulled where formulas, types, groups or the hierarchy differ: what they concern, or `all`, the default. */
  readonly metadata?: 'all' | 'concerned' | undefined
  /**
   * Whether a dataset that holds another question becomes one of this: what both ask for is kept, what nobody asks for any
   * more goes, the rest is pulled. Default false, a DatasetError that says what differs.
   */
  readonly adopt?: boolean | undefined
  /** How many days after coarse questions they are asked again; `Infinity` for never. Default 7. */
  readonly probeEveryDays?: number | undefined
  /** How many days after a full pull the next one is due; `Infinity` for never. Default 30. */
  readonly fullEveryDays?: number | undefined
}

const days = z
  .number({ error: 'must be a number of days' })
  .min(0)
  .or(z.literal(Number.POSITIVE_INFINITY))
  .optional()

const schema = z.strictObject(
  {
    ...runOptionsShape,
    periods: z.int({ error: 'must be a whole number, 0 or more' }).min(0).optional(),
    changedValues: z.boolean().optional(),
    metadata: z.enum(['all', 'concerned'], { error: "must be 'all' or 'concerned'" }).optional(),
    adopt: z.boolean().optional(),
    probeEveryDays: days,
    fullEveryDays: days,
  } satisfies Shape<PullRefreshOptions>,
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}`
        : "must be an object such as { into: csvFiles('out/anc'), periods: 3 }",
  },
)

/** @throws QueryError for options that can't be right. */
export function checkedRefreshOptions(given: PullRefreshOptions): PullRefreshOptions {
  return validate(schema, given, 'refresh')
}
