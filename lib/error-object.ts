import { Dhis2ApiError } from './errors.ts'

/** What the object begins with that DHIS2 sends in place of data, whatever the status: of a body that is only beginning. */
const beginning = /^\s*\{\s*("(httpStatus|httpStatusCode|errorCode)"\s*:|"status"\s*:\s*"ERROR")/

/** Too many rows or cells, a query that took too long, too many combinations in a table. */
const tooMuch: readonly unknown[] = ['E7128', 'E7131', 'E7151']

/** What helps where a question, or its answer, is too large for the server; to be put behind a message. */
export const lessAtATime =
  '; ask for less at a time: fewer data items or periods, a higher level of org units, or several requests'

/** The same for what DHIS2 says is too much, by its code; of anything else nothing. */
export function adviceFor(errorCode: unknown): string {
  return tooMuch.includes(errorCode) ? lessAtATime : ''
}

/** Whether a text begins as DHIS2's error objects do. */
export function beginsErrorObject(text: string): boolean {
  return beginning.test(text)
}

/** The error that a whole object is: `{"httpStatusCode":409,"status":"ERROR",…}`. Undefined where it is none. */
export function errorObject(fields: ReadonlyMap<string, unknown>): Dhis2ApiError | undefined {
  const status = fields.get('httpStatusCode')
  const errorCode = fields.get('errorCode')
  if (typeof status !== 'number' && fields.get('status') !== 'ERROR') return undefined
  const said = fields.get('message') ?? 'an error without a message'
  return new Dhis2ApiError(`${status ?? 200}: ${said}${adviceFor(errorCode)}`, {
    httpStatus: typeof status === 'number' ? status : 200,
    errorCode: typeof errorCode === 'string' ? errorCode : undefined,
    body: Object.fromEntries(fields),
  })
}
