import { TimeoutError, TruncatedResponseError } from '../errors.ts'
import type { RetryBudget } from '../http/retry.ts'

/**
 * Runs an attempt whose result has left nobody's hands before it is whole, and so may be run again where the body
 * broke off in the middle: within the attempts the call has.
 */
export async function startingOver<T>(
  budget: RetryBudget,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!brokeOff(error) || !(await budget.next(signal))) throw error
    }
  }
}

function brokeOff(error: unknown): boolean {
  if (error instanceof TimeoutError) return error.phase === 'body'
  return error instanceof TruncatedResponseError && error.unit === 'bytes'
}
