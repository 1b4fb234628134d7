import { z } from 'zod'
import { QueryError } from '../errors.ts'

/** `value` as `schema` has it, or a QueryError that names the place and what was expected there. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  // What a pipeline gives a stage that is named and not called.
  if (typeof (value as { pipe?: unknown } | null | undefined)?.pipe === 'function') {
    throw new QueryError(`${what}: these are no options, but a stream; write ${what}() in the pipeline`)
  }
  const result = schema.safeParse(value, { error: explained })
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) =>
    path.length ? `${path.map(String).join('.')}: ${message}` : message,
  )
  throw new QueryError(`${what}: ${problems.join('; ')}`)
}

/** What the schema of options has to hold: a check for each of them, and for nothing else. */
export type Shape<Options> = { readonly [Name in keyof Required<Options>]: z.ZodType }

/** The schema of a `signal` option. */
export const abortSignal = z.instanceof(AbortSignal, { error: 'must be an AbortSignal' })

/** The schema of a function, whose arguments nobody can check. */
export function functionSchema<T extends (...args: never[]) => unknown>() {
  return z.custom<T>((value) => typeof value === 'function', { error: 'must be a function' })
}

/** What schemas that have no words of their own say. */
function explained(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown ${issue.keys.join(', ')}`
    case 'invalid_type':
      return `must be ${issue.expected === 'object' ? 'an object' : issue.expected}`
    case 'too_small':
      return `must be ${issue.minimum} or more${issue.origin === 'array' ? ' items' : ''}`
    case 'too_big':
      return `must be ${issue.maximum} or less`
    default:
      return undefined
  }
}
