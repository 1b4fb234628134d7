import { ClientClosedError, Dhis2ClientError, TimeoutError, TruncatedResponseError } from '../errors.ts'
import type { PreparedRequest } from './open.ts'
import type { Server } from './server.ts'
import { untilAny } from './until-any.ts'

/**
 * Runs an attempt whose result has left nobody's hands before it is whole, and so may be run again where the body
 * broke off in the middle: within the attempts the call has. Whatever it fails with names the request.
 */
export async function startingOver<T>(
  { closing }: Server,
  { budget, request }: PreparedRequest,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (brokeOff(error) && (await nextAttempt(error as Error))) continue
      throw error instanceof Dhis2ClientError ? error.during(request) : error
    }
  }

  async function nextAttempt(error: Error): Promise<boolean> {
    try {
      return await untilAny(signal ? [signal, closing] : [closing], (ending) => budget.next(ending, error))
    } catch (cause) {
      throw closing.aborted ? new ClientClosedError({ request, cause }) : cause
    }
  }
}

/** Whether the body of an answer stopped in the middle. */
export function brokeOff(error: unknown): boolean {
  if (error instanceof TimeoutError) return error.phase === 'body'
  return error instanceof TruncatedResponseError && error.unit === 'bytes'
}
