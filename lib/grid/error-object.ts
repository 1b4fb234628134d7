import { Dhis2ApiError } from '../errors.ts'

/** The error that DHIS2 sent in place of data, under whatever status: `{"httpStatusCode":409,"status":"ERROR",…}`. */
export function errorObject(fields: ReadonlyMap<string, unknown>): Dhis2ApiError | undefined {
  const status = fields.get('httpStatusCode')
  const errorCode = fields.get('errorCode')
  if (typeof status !== 'number' && fields.get('status') !== 'ERROR') return undefined
  return new Dhis2ApiError(`${status ?? 200}: ${fields.get('message') ?? 'an error without a message'}`, {
    status: typeof status === 'number' ? status : 200,
    errorCode: typeof errorCode === 'string' ? errorCode : undefined,
    body: Object.fromEntries(fields),
  })
}
