import { Dhis2ApiError } from './errors.ts'

/** What the object begins with that DHIS2 sends in place of data, whatever the status: of a body that is only beginning. */
const beginning = /^\s*\{\s*("(httpStatus|httpStatusCode|errorCode)"\s*:|"status"\s*:\s*"ERROR")/

/** Whether a text begins as DHIS2's error objects do. */
export function beginsErrorObject(text: string): boolean {
  return beginning.test(text)
}

/** The error that a whole object is: `{"httpStatusCode":409,"status":"ERROR",…}`. Undefined where it is none. */
export function errorObject(fields: ReadonlyMap<string, unknown>): Dhis2ApiError | undefined {
  const status = fields.get('httpStatusCode')
  const errorCode = fields.get('errorCode')
  if (typeof status !== 'number' && fields.get('status') !== 'ERROR') return undefined
  return new Dhis2ApiError(`${status ?? 200}: ${fields.get('message') ?? 'an error without a message'}`, {
    httpStatus: typeof status === 'number' ? status : 200,
    errorCode: typeof errorCode === 'string' ? errorCode : undefined,
    body: Object.fromEntries(fields),
  })
}
