import { z } from 'zod'
import { QueryError } from './errors.ts'

/** `value` as `schema` has it, or a QueryError that names the place and what was expected there. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) =>
    path.length ? `${path.map(String).join('.')}: ${message}` : message,
  )
  throw new QueryError(`${what}: ${problems.join('; ')}`)
}

/** The schema of a function, whose arguments nobody can check. */
export function functionSchema<T extends (...args: never[]) => unknown>() {
  return z.custom<T>((value) => typeof value === 'function', { error: 'must be a function' })
}
