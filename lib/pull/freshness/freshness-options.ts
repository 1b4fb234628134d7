import { z } from 'zod'
import type { Shape } from '../../checks/validate.ts'

/**
 * What is done about analytics tables that are made anew while a run goes on.
 *
 * - `strict`: all of what is pulled is of one making of the tables, or the run fails and says that it is not. What was
 *   answered while they were replaced is pulled again, past what the server may remember, and so is all that is older; up
 *   to `attempts` times.
 * - `mixed`: the run goes on, and its report tells which pieces are older, and which were answered while tables were
 *   replaced: one may have some years old and some new, or no rows. A refresh pulls those again. The default.
 * - `off`: nobody looks.
 *
 * Under `strict` and `mixed` no piece begins while an analytics job runs, as far as the server tells, which takes two
 * small requests in half a minute. What none of them can see: an answer that other users' queries left in the server's
 * memory while tables were replaced; tables that a job has replaced by the end of the run without having said so, on a
 * server that does not tell which jobs run (`isProven` is false then, and the next refresh looks again).
 */
export type FreshnessPolicy = 'strict' | 'mixed' | 'off'

/** What is done about tables that are made anew while they are pulled, and how closely that is watched. */
export interface FreshnessOptions {
  readonly policy: FreshnessPolicy
  /** How often pieces are pulled again under `strict`, at most. Default 3. */
  readonly attempts?: number | undefined
  /** How old what is known of the server may be when a piece begins, in milliseconds. Default 30,000. */
  readonly everyMs?: number | undefined
  /** How long is waited before looking again while a job runs, in milliseconds. Default 10,000. */
  readonly whileRunningMs?: number | undefined
  /** How far the clocks of what answers may be apart, in milliseconds. Default 5,000. */
  readonly allowanceMs?: number | undefined
}

const policies = ['strict', 'mixed', 'off'] as const
const milliseconds = z.number({ error: 'must be a number of milliseconds' }).min(0).optional()

export const freshnessSchema = z.union(
  [
    z.enum(policies),
    z.strictObject({
      policy: z.enum(policies),
      attempts: z.int().min(0).optional(),
      everyMs: milliseconds,
      whileRunningMs: milliseconds,
      allowanceMs: milliseconds,
    } satisfies Shape<FreshnessOptions>),
  ],
  { error: "must be 'strict', 'mixed', 'off', or an object such as { policy: 'strict', attempts: 5 }" },
)

export function fullFreshness(given: FreshnessPolicy | FreshnessOptions): FreshnessOptions {
  return typeof given === 'string' ? { policy: given } : given
}
