import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'
import type { RequestSummary } from '../errors.ts'
import { ownErrors } from './own-errors.ts'
import { type OnRetry, tell } from './telling.ts'

/** When and how often a request is tried again. */
export interface RetryOptions {
  /** How many times a request is sent at most, the first included. Default 3. */
  attempts?: number | undefined
  /** The wait before the second attempt, in milliseconds. Default 500. */
  baseDelayMs?: number | undefined
  /** No wait is longer than this, in milliseconds, whatever `Retry-After` says. Default 30,000. */
  maxDelayMs?: number | undefined
  /** What each further wait is multiplied by. Default 2. */
  backoffFactor?: number | undefined
  /** The share of a wait that is left to chance, from 0 to 1; `true` is the default 0.5, `false` is 0. */
  jitter?: boolean | number | undefined
  /** The statuses that are tried again. Default 429, 502, 503, 504. */
  statuses?: readonly number[] | undefined
}

export const retrySchema = z.union(
  [
    z.literal(false),
    z.strictObject({
      attempts: z.int().min(1).optional(),
      baseDelayMs: z.number().min(0).optional(),
      maxDelayMs: z.number().min(0).max(2_147_483_647).optional(),
      backoffFactor: z.number().min(1).optional(),
      jitter: z.union([z.boolean(), z.number().min(0).max(1)]).optional(),
      statuses: z.array(z.int().min(400).max(599)).readonly().optional(),
    } satisfies Shape<RetryOptions>),
  ],
  {
    error:
      'must be false or an object of attempts (1 or more), baseDelayMs, maxDelayMs, backoffFactor (1 or more), ' +
      'jitter (true, false or 0 to 1) and statuses (400 to 599)',
  },
)

const defaults = {
  attempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  backoffFactor: 2,
  jitter: 0.5,
  statuses: [429, 502, 503, 504] as readonly number[],
}

export type RetryPolicy = typeof defaults

export function retryPolicy(...layers: readonly (RetryOptions | false | undefined)[]): RetryPolicy {
  const policy = { ...defaults }
  for (const layer of layers) {
    if (layer === false) policy.attempts = 1
    else if (layer) {
      const { jitter, ...rest } = layer
      Object.assign(policy, definedOnly(rest))
      if (jitter !== undefined) policy.jitter = typeof jitter === 'number' ? jitter : jitter ? 0.5 : 0
    }
  }
  return policy
}

/** The attempts one call has left, shared by all that may send a request for it. */
export class RetryBudget {
  readonly policy: RetryPolicy
  readonly #request: RequestSummary
  readonly #onRetry: OnRetry | undefined
  #spent = 1

  constructor(policy: RetryPolicy, request: RequestSummary, onRetry?: OnRetry | undefined) {
    this.policy = policy
    this.#request = request
    this.#onRetry = onRetry
  }

  /**
   * Waits for the next attempt, and says whether there is one, behind one that failed with `error`. `retryAfter` is the
   * response's header. An abort ends the wait with an AbortError; what `onRetry` throws ends it with that.
   */
  async next(signal: AbortSignal | undefined, error: Error, retryAfter?: string): Promise<boolean> {
    if (this.#spent >= this.policy.attempts) return false
    const delay = delayMs(this.policy, this.#spent, retryAfter)
    const notice = { attempt: this.#spent, delayMs: delay, error, request: this.#request }
    this.#spent += 1
    tell('retry', notice)
    const onRetry = this.#onRetry
    if (onRetry) await ownErrors('onRetry', () => onRetry(notice))
    await sleep(delay, undefined, { signal })
    return true
  }
}

/** The wait after so many attempts, in milliseconds. `retryAfter` is the response's header. */
export function delayMs(policy: RetryPolicy, attempts: number, retryAfter?: string): number {
  const { baseDelayMs, maxDelayMs, backoffFactor, jitter } = policy
  const backoff = baseDelayMs * backoffFactor ** (attempts - 1) * (1 - jitter * Math.random())
  return Math.min(retryAfterMs(retryAfter) ?? backoff, maxDelayMs)
}

/** RFC 9110, 10.2.3: seconds or a date. What is neither, or lies in the past, says nothing. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return ms >= 0 ? ms : undefined
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>
}
