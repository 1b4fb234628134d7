import { isDhis2Error } from '../../errors.ts'

const codes: readonly string[] = [
  'ERR_CONNECTION',
  'ERR_TIMEOUT',
  'ERR_TRUNCATED_RESPONSE',
  'ERR_DHIS2_API',
  'ERR_UNEXPECTED_CONTENT',
]

/** Whether this is what a server may answer, or not answer, that is away for a while. */
export function isPassing(error: unknown): error is Error {
  return isDhis2Error(error) && codes.includes(error.code)
}
