import type { Dispatcher } from 'undici'
import type { RequestSummary } from '../errors.ts'
import { type AuthSession, type Credentials, cookiesIn } from './auth/auth-session.ts'
import { keptBytes } from './content.ts'
import { connectionFailure, isTransient, type Timeouts } from './failures.ts'
import { Gathered } from './gathered.ts'
import { statusError } from './response-errors.ts'
import type { RetryBudget } from './retry.ts'
import { tell } from './telling.ts'
import { acceptEncoding, decoded } from './wire/decode.ts'
import { type Exchange, exchange, headerOf } from './wire/exchange.ts'
import type { Turns } from './wire/turns.ts'

/** Of a request's line and headers together: what Tomcat takes. */
const longestHead = 8192

/** All that a client holds and each of its requests needs. */
export interface Transport {
  readonly turns: Pick<Turns, 'take'>
  readonly auth: AuthSession
  readonly userAgent: string
}

/** One GET: where to, and within what limits. `path` carries the query. */
export interface PreparedRequest {
  readonly origin: string
  readonly path: string
  /** What of the path is behind that of the base URL, without the query. */
  readonly endpoint: string
  /** What the endpoint answers in: `json`, `csv`, … */
  readonly format: string
  readonly request: RequestSummary
  /** Beside those of the auth, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>
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
export async function open(
  transport: Transport,
  prepared: PreparedRequest,
  signal: AbortSignal,
): Promise<Exchange> {
  const { request, budget } = prepared
  const { auth } = transport
  await prepared.preflight?.(signal)
  const url = new URL(request.url)
  let mayRenew = true
  for (let mayRefresh = auth.canRefresh; ; ) {
    const credentials = await auth.credentials(url)
    const headers = requestHeaders(transport, prepared, credentials)
    let response: Exchange
    try {
      const turn = await transport.turns.take(signal)
      tell('start', { request })
      response = await exchange(turn, dispatchOptions(prepared, headers), signal)
    } catch (error) {
      auth.lost(credentials)
      const failure = connectionFailure(error, request, prepared.timeouts)
      if (isTransient(failure) && (await budget.next(signal, failure))) continue
      throw failure
    }
    tell('response', { request, status: response.status })
    const { 'set-cookie': setCookies = [], ...shown } = response.headers
    await auth.received(credentials, url, response.status, [setCookies].flat())
    if (response.status === 200) return { ...response, headers: shown }

    const body = await readError(response)
    if (response.status === 401 && mayRefresh) {
      mayRefresh = false
      await auth.refresh(credentials)
      continue
    }
    // A session that has ended is not always told apart from credentials that are wrong.
    if (mayRenew && isTurnedAway(response) && auth.renew(credentials)) {
      mayRenew = false
      continue
    }
    const retryAfter = headerOf(response, 'retry-after')
    const failure = statusError(
      {
        status: response.status,
        challenge: headerOf(response, 'www-authenticate'),
        location: headerOf(response, 'location'),
        retryAfter,
        body,
      },
      prepared,
      {
        url: request.url.length,
        headers: lengthOf(headers),
        token: Object.values(headers).some((value) => /^ApiToken /i.test(value)),
      },
    )
    const mayHelp = budget.policy.statuses.includes(response.status)
    if (mayHelp && (await budget.next(signal, failure, retryAfter))) continue
    throw failure
  }
}

function requestHeaders(
  { userAgent }: Transport,
  { path, format, headers: wanted }: PreparedRequest,
  { headers: own, cookies }: Credentials,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: format === 'json' ? 'application/json' : '*/*',
    'accept-encoding': acceptEncoding,
    'user-agent': userAgent,
    // DHIS2 then answers missing credentials with 401 instead of a redirect to its login page.
    'x-requested-with': 'XMLHttpRequest',
    ...wanted,
  }
  for (const [name, value] of Object.entries(own)) {
    delete headers[name.toLowerCase()]
    headers[name] = value
  }
  if (!cookies.length) return headers
  const withCookies: Record<string, string> = {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'cookie')),
    cookie: [...cookiesIn(own), ...cookies].join('; '),
  }
  // A question that is as long as it can be costs a login, and is not refused for its cookies.
  const room = longestHead - path.length
  return room >= lengthOf(headers) && room < lengthOf(withCookies) ? headers : withCookies
}

/** On the wire, with those that undici adds and the rest of the request's line. */
function lengthOf(headers: Record<string, string>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 100)
}

function dispatchOptions(
  { origin, path, timeouts }: PreparedRequest,
  headers: Record<string, string>,
): Dispatcher.DispatchOptions {
  return {
    origin,
    path,
    method: 'GET',
    headers,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  }
}

/** As somebody is who has to log in: 401, or a redirect to wherever that is done. */
function isTurnedAway({ status }: Exchange): boolean {
  return status === 401 || (status >= 300 && status < 400)
}

/** What there is of an error's body. One that breaks off still has a status to tell. */
function readError(response: Exchange): Promise<Buffer> {
  return new Promise((resolve) => {
    const gathered = new Gathered()
    const body = decoded(response)
    const finish = () => resolve(gathered.bytes().subarray(0, keptBytes))
    body.start({
      data(chunk) {
        gathered.add(chunk)
        if (gathered.length < keptBytes) return
        finish()
        body.abort(new Error('The rest of the error body is not wanted'))
      },
      end: finish,
      fail: finish,
    })
  })
}
