import { inspect } from 'node:util'
import { QueryError } from '../errors.ts'

/**
 * What a function of the user threw or rejected with, as something that a stream can fail with: its own error, or, in
 * place of undefined, null, 0, '' or false, which a stream takes for success, an Error that tells of it.
 */
export function failureOf(who: string, thrown: unknown): Error {
  if (thrown) return thrown as Error
  return new Error(`${who} threw ${inspect(thrown)}, which says nothing of what went wrong`, {
    cause: thrown,
  })
}

/** The words of what a function of the user threw, which need not be an Error. */
export function wordsOf(who: string, thrown: unknown): string {
  const { message } = failureOf(who, thrown) as { message?: unknown }
  return typeof message === 'string' ? message : `${who} threw ${inspect(thrown)}`
}

/** Whether a function of the user is not done yet: what it gives, or fails with, is to come. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/**
 * For the result of a function that can not be waited for.
 *
 * @throws QueryError for a promise; whether it rejects is then nobody's concern.
 */
export function refusePromise(who: string, value: unknown): void {
  if (!isPromise(value)) return
  value.then(undefined, () => undefined)
  throw new QueryError(`${who} must not be async: what it gives is needed at once`)
}
