import {
  ClientClosedError,
  ConnectionError,
  Dhis2ClientError,
  type RequestSummary,
  TimeoutError,
  TruncatedResponseError,
} from '../errors.ts'

export interface Timeouts {
  connectMs: number
  headersMs: number
  bodyMs: number
}

/** What undici says of a request that got no response, in this package's terms. */
export function connectionFailure(error: unknown, request: RequestSummary, timeouts: Timeouts): Error {
  if (error instanceof Dhis2ClientError || isAbort(error)) return error as Error
  const code = codeOf(error)
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return timeout('connect', 'No connection', timeouts.connectMs)
    case 'UND_ERR_HEADERS_TIMEOUT':
      return timeout('headers', 'No response', timeouts.headersMs)
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new ClientClosedError({ request, cause: error })
    default:
      return new ConnectionError(`No response: ${reasonOf(error)}${adviceFor(error, request)}`, {
        request,
        cause: error,
      })
  }

  function timeout(phase: 'connect' | 'headers', what: string, timeoutMs: number) {
    return new TimeoutError(
      `${what} within ${timeoutMs} ms; raise timeouts.${phase}Ms if this is not enough`,
      {
        request,
        cause: error,
        phase,
        timeoutMs,
      },
    )
  }
}

/** What undici or zlib say of a body that stopped, in this package's terms. Lengths are as on the wire. */
export function bodyFailure(
  error: unknown,
  request: RequestSummary,
  timeouts: Timeouts,
  received: number,
  expected: number | undefined,
): Error {
  if (error instanceof Dhis2ClientError || isAbort(error)) return error as Error
  const soFar = `after ${received}${expected === undefined ? '' : ` of ${expected}`} bytes`
  switch (codeOf(error)) {
    case 'UND_ERR_BODY_TIMEOUT':
      return new TimeoutError(
        `No byte for ${timeouts.bodyMs} ms, ${soFar}; raise timeouts.bodyMs if this is not enough`,
        { request, cause: error, phase: 'body', timeoutMs: timeouts.bodyMs },
      )
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new ClientClosedError({ request, cause: error })
    default:
      return new TruncatedResponseError(`The response stopped ${soFar}: ${reasonOf(error)}`, {
        request,
        cause: error,
        unit: 'bytes',
        received,
        expected,
      })
  }
}

/** Whether the same request may do better a moment later: a bad certificate won't, nor will a closed client. */
export function isTransient(error: unknown): boolean {
  if (error instanceof TimeoutError) return error.phase === 'connect'
  return error instanceof ConnectionError && !isTlsRefusal(codeOf(error.cause))
}

/** Of the two ways to write a URL that only the port can tell apart. */
function adviceFor(error: unknown, { url }: RequestSummary): string {
  const reason = `${codeOf(error)} ${reasonOf(error)}`
  if (
    url.startsWith('https:') &&
    /WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(reason)
  ) {
    return '; the server speaks HTTP without TLS there: write http:// in baseUrl, or another port'
  }
  if (url.startsWith('http:') && /^HPE_|Expected HTTP|Parse Error/i.test(reason)) {
    return '; that is no HTTP: where the server speaks HTTPS, write https:// in baseUrl'
  }
  return ''
}

function isTlsRefusal(code: string): boolean {
  return /CERT|^ERR_TLS|^ERR_SSL|UNABLE_TO_|^UND_ERR_INVALID_ARG|HOSTNAME_MISMATCH/.test(code)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError' && codeOf(error) !== 'UND_ERR_ABORTED'
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '')
}

/** Connecting to a name with several addresses fails with an AggregateError whose own message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length) {
    return error.errors.map((inner: unknown) => reasonOf(inner)).join('; ')
  }
  return error instanceof Error && error.message ? error.message : codeOf(error) || String(error)
}
