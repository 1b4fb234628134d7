import { type ByteSource, type ByteSourceLike, byteSource } from './byte-source.ts'

/** Bytes whose length nobody knows before they are made: then they are sent chunked, without an ETag. */
export interface UnmeasuredBytes extends Iterable<Buffer> {
  readonly byteLength?: undefined
}

export type Body = ByteSource | UnmeasuredBytes

/** An answer before it is sent. */
export interface Reply {
  status: number
  headers: Readonly<Record<string, string>>
  body: Body
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** A reply with a body of some type. */
export function reply(
  status: number,
  contentType: string,
  body: ByteSourceLike | UnmeasuredBytes,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'content-type': contentType, ...headers },
    body: isUnmeasured(body) ? body : byteSource(body),
  }
}

function isUnmeasured(body: ByteSourceLike | UnmeasuredBytes): body is UnmeasuredBytes {
  return typeof body === 'object' && body.byteLength === undefined
}

/** DHIS2's JSON for what went wrong; 409 for a bad query, with its `errorCode`. */
export function errorReply(
  status: number,
  message: string,
  errorCode?: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const httpStatus = reasons[status] ?? 'Error'
  const body = { httpStatus, httpStatusCode: status, status: 'ERROR', message }
  const more = errorCode === undefined ? {} : { devMessage: `Error code: ${errorCode}`, errorCode }
  return reply(status, 'application/json', JSON.stringify({ ...body, ...more }), headers)
}

/** A page, as a servlet container or a proxy sends it. */
export function htmlReply(status: number, heading = `${status} ${reasons[status] ?? ''}`.trim()): Reply {
  const page = `<!doctype html>\n<html><head><title>${heading}</title></head><body><h1>${heading}</h1></body></html>\n`
  return reply(status, 'text/html;charset=utf-8', page)
}

/** An empty reply that sends the client elsewhere. */
export function redirectReply(location: string): Reply {
  return { status: 302, headers: { location }, body: byteSource('') }
}
