import type { Dispatcher } from 'undici'
import { type RequestSummary, UnexpectedContentError } from '../errors.ts'
import type { AuthSession } from './auth-session.ts'
import { apiError, contentError, keptBytes, redirectError } from './content.ts'
import type { Cookies } from './cookies.ts'
import { acceptEncoding, decoded } from './decode.ts'
import { type Exchange, exchange, headerOf } from './exchange.ts'
import { connectionFailure, isTransient, type Timeouts } from './failures.ts'
import type { RetryBudget } from './retry.ts'

/** All that a client holds and each of its requests needs. */
export interface Transport {
  readonly dispatcher: Dispatcher
  readonly auth: AuthSession
  readonly cookies: Cookies
  readonly userAgent: string
}

/** One GET: where to, and within what limits. `path` carries the query. */
export interface Get {
  readonly origin: string
  readonly path: string
  /** What the endpoint answers in: `json`, `csv`, … */
  readonly format: string
  readonly request: RequestSummary
  readonly timeouts: Timeouts
  readonly budget: RetryBudget
  /** What has to be found out before it is sent, and throws where it must not be. */
  readonly preflight?: ((signal: AbortSignal) => Promise<void>) | undefined
}

/**
 * Sends a request, again where that may help, until a response with status 200 stands open.
 *
 * Not undici's retry interceptor: it resumes a broken body by range requests, which DHIS2 does not serve,
 * and its waits can't be aborted.
 *
 * @throws every error of the family but those of the body.
 */
export async function open(transport: Transport, get: Get, signal: AbortSignal): Promise<Exchange> {
  const { request, budget } = get
  await get.preflight?.(signal)
  for (let mayRefresh = transport.auth.canRefresh; ; ) {
    const credentials = await transport.auth.credentials()
    signal.throwIfAborted()
    const session = transport.cookies.sessionOf(credentials.headers)
    let response: Exchange
    try {
      const headers = session.headersFor(request.url, credentials.headers)
      response = await exchange(transport.dispatcher, dispatchOptions(transport, get, headers), signal)
    } catch (error) {
      const failure = connectionFailure(error, request, get.timeouts)
      if (isTransient(failure) && (await budget.next(signal))) continue
      throw failure
    }
    const lines = [response.headers['set-cookie'] ?? []].flat()
    if (lines.length) transport.auth.remember(await session.keep(request.url, lines))
    if (response.status === 200) return response

    const body = await readError(response)
    if (response.status === 401 && mayRefresh) {
      mayRefresh = false
      transport.cookies.clear()
      await transport.auth.refresh(credentials)
      continue
    }
    const retryAfter = headerOf(response, 'retry-after')
    if (budget.policy.statuses.includes(response.status) && (await budget.next(signal, retryAfter))) continue
    throw statusError(response, body, get, transport.auth)
  }
}

function dispatchOptions(
  { userAgent }: Transport,
  { origin, path, format, timeouts }: Get,
  credentials: Record<string, string>,
): Dispatcher.DispatchOptions {
  return {
    origin,
    path,
    method: 'GET',
    headers: {
      accept: format === 'json' ? 'application/json' : '*/*',
      'accept-encoding': acceptEncoding,
      'user-agent': userAgent,
      // DHIS2 then answers missing credentials with 401 instead of a redirect to its login page.
      'x-requested-with': 'XMLHttpRequest',
      ...credentials,
    },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  }
}

function statusError(response: Exchange, text: string, { request, format }: Get, auth: AuthSession): Error {
  const { status } = response
  const body = auth.conceal(text)
  if (status >= 400) {
    const challenge = headerOf(response, 'www-authenticate')
    return apiError(status, challenge && auth.conceal(challenge), body, request)
  }
  if (status >= 300) return redirectError(status, headerOf(response, 'location') ?? '', request)
  if (body === '') return contentError(body, format, request)
  return new UnexpectedContentError(`Status ${status} where only 200 is a whole answer`, {
    request,
    excerpt: body.slice(0, 200),
  })
}

/** What there is of an error's body. One that breaks off still has a status to tell. */
function readError(response: Exchange): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const body = decoded(response)
    const finish = () => resolve(Buffer.concat(chunks).subarray(0, keptBytes).toString())
    body.start({
      data(chunk) {
        chunks.push(chunk)
        length += chunk.length
        if (length < keptBytes) return
        finish()
        body.abort(new Error('The rest of the error body is not wanted'))
      },
      end: finish,
      fail: finish,
    })
  })
}
