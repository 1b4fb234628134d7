import { failureOf } from '../checks/callback.ts'

/** What a function of the user gives, now or later; it fails with its own error, or with words where that says nothing. */
export async function ownErrors<T>(who: string, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw failureOf(who, error)
  }
}
