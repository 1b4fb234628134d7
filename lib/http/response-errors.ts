import { concealed } from '../conceal.ts'
import { adviceFor, beginsErrorObject, lessAtATime } from '../error-object.ts'
import { AuthenticationError, Dhis2ApiError, type RequestSummary, UnexpectedContentError } from '../errors.ts'
import { errorText, html, loginPage } from './content.ts'
import { foreignBytes } from './foreign-bytes.ts'
import { redirectError } from './redirects.ts'
import { retryAfterMs } from './retry.ts'
import { textOf } from './text.ts'
import { isTooLong, type RequestLength, tooLong } from './url-length.ts'

/** How much of a message of the server's is repeated in that of an error; its body has all. */
const longestSaid = 2000

/** Texts of aggregate CSV and the like keep their placeholders. */
const unfilled = /\{\d+\}/
const aboutToken = /checksum|token/i

/** A response that is no answer, and what it was an answer to. */
export interface BadResponse {
  readonly status: number
  readonly challenge: string | undefined
  readonly location: string | undefined
  readonly retryAfter: string | undefined
  readonly body: Buffer
}

/** The error for a response whose status is not 200. */
export function statusError(
  { status, challenge, location = '', retryAfter, body }: BadResponse,
  { endpoint, request, format }: { endpoint: string; request: RequestSummary; format: string },
  sent: Sent,
): Error {
  if (status >= 400) return apiError(status, { challenge, retryAfter }, body, request, sent)
  if (status >= 300 && status !== 304)
    return redirectError(status, concealed(request, location), request, endpoint)
  if (status < 300 && body.length === 0) return contentError(body, format, request)
  return new UnexpectedContentError(`Status ${status} where only 200 is a whole answer`, {
    request,
    excerpt: concealed(request, textOf(body)).slice(0, 200),
  })
}

/** The error for a body that does not look right: as much of it as was kept. */
export function contentError(bytes: Buffer, format: string, request: RequestSummary): Error {
  const expected = format === 'json' ? 'a JSON object' : format
  const foreign = foreignBytes(bytes, format)
  const text = concealed(request, textOf(bytes))
  const excerpt = text.trim().slice(0, 200)
  if (foreign) {
    return new UnexpectedContentError(
      `Expected ${expected}, found ${JSON.stringify(excerpt.slice(0, 40))}, which is ${foreign}`,
      { request, excerpt },
    )
  }
  if (excerpt === '') {
    return new UnexpectedContentError(`An empty body where ${format} was expected`, { request })
  }
  if (errorText.test(text) || beginsErrorObject(text)) return apiError(200, {}, bytes, request)
  if (loginPage.test(text) && /^\s*</.test(text)) {
    return new AuthenticationError('A login page in place of data: the credentials were not accepted', {
      request,
      httpStatus: 200,
      body: text,
    })
  }
  const found = html.test(text) ? `an HTML page${titleOf(text)}` : JSON.stringify(excerpt.slice(0, 80))
  return new UnexpectedContentError(`Expected ${expected}, found ${found}`, { request, excerpt })
}

/** What an error may have to do with in the request it answers. */
export interface Sent extends RequestLength {
  /** Whether a personal access token was. */
  readonly token: boolean
}

/** The error for a status of 400 and up, or an error body under status 200. */
function apiError(
  status: number,
  { challenge, retryAfter }: Partial<Pick<BadResponse, 'challenge' | 'retryAfter'>>,
  bytes: Buffer,
  request: RequestSummary,
  sent?: Sent,
): Dhis2ApiError {
  const whole = textOf(bytes)
  // In a parsed body nothing is escaped, in other text nothing must be cut before it is looked for.
  const text = concealed(request, whole)
  const body = parsed(whole) ?? text
  const named = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const plain = errorText.exec(text)
  const errorCode = typeof named['errorCode'] === 'string' ? named['errorCode'] : plain?.[1]
  const said =
    typeof named['message'] === 'string'
      ? concealed(request, named['message']).slice(0, longestSaid)
      : plain
        ? text.trim().slice(plain[0].trim().length).trim().slice(0, longestSaid)
        : html.test(text)
          ? `an HTML page${titleOf(text)}`
          : text.trim().slice(0, 200)
  const code = errorCode === undefined ? '' : ` ${concealed(request, errorCode).slice(0, 40)}`
  const message = `${status}${code}${said ? `: ${said}` : ''}`
  const context = { request, httpStatus: status, errorCode, body, retryAfterMs: retryAfterMs(retryAfter) }
  const known = challenge ? `${message} (${challenge})` : message
  if (status === 401) return new AuthenticationError(known, { ...context, challenge })
  if (status === 400 && (challenge || (sent?.token && aboutToken.test(said)))) {
    const hint = sent?.token ? ': the personal access token is malformed; copy all of it' : ''
    return new AuthenticationError(known + hint, { ...context, challenge })
  }
  if (sent && isTooLong(status, body, sent)) {
    return new Dhis2ApiError(`${message}; ${tooLong(sent)}`, context)
  }
  const hint = plain && unfilled.test(said) ? '; the JSON of the same question says what is meant' : ''
  const error = new Dhis2ApiError(message + hint, context)
  // Behind the request, as the text of CSV is all that stands before it. A request without a body gets 413 for its answer.
  error.message += status === 413 ? lessAtATime : adviceFor(errorCode)
  return error
}

/** Undefined where it is no JSON, or null. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}

function titleOf(page: string): string {
  // Bounded, as every `<title` of many is tried.
  const title = /<title[^>]{0,200}>([^<]{0,300})/i.exec(page)?.[1]?.trim()
  return title ? ` (${JSON.stringify(title)})` : ''
}
