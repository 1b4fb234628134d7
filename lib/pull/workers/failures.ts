import { isDhis2Error } from '../../errors.ts'

/** What may go well another time, with nothing changed. */
const passing = ['ERR_UNKNOWN_OUTCOME', 'ERR_CONNECTION', 'ERR_TIMEOUT', 'ERR_CLIENT_CLOSED']

/** Whether whoever does the same work next fails with it too: what a database refuses, and what is wrong with a question. */
export function isForGood(error: unknown): boolean {
  if (isDhis2Error(error)) return !passing.includes(error.code)
  const { severity, code = '' } = error as { severity?: unknown; code?: string }
  return severity !== undefined && !/^(08|40|53|55|57|58|XX)/.test(code)
}
