import { setMaxListeners } from 'node:events'
import { createSecureContext } from 'node:tls'
import { validate } from '../checks/validate.ts'
import { concealWith } from '../conceal.ts'
import { ClientClosedError, QueryError } from '../errors.ts'
import { endUnsaid } from '../streams/ending.ts'
import { version } from '../version.ts'
import { ownHeaders } from './auth/auth-headers.ts'
import { AuthSession } from './auth/auth-session.ts'
import { type BaseUrl, parseBaseUrl, resolveEndpoint } from './base-url.ts'
import { BodyStream } from './body-stream.ts'
import type { Timeouts } from './failures.ts'
import { Gate } from './gate.ts'
import type { PreparedRequest, Transport } from './open.ts'
import {
  type CallOptions,
  type ClientOptions,
  clientOptionsSchema,
  isProxyUrl,
  proxyUrl,
  type TimeoutOptions,
} from './options.ts'
import { PlacesAhead } from './places-ahead.ts'
import { RetryBudget, type RetryPolicy, retryPolicy } from './retry.ts'
import type { OnRetry } from './telling.ts'
import { Turns, withoutTurns } from './wire/turns.ts'

const defaultConnections = 10

/** One DHIS2 server: its pool of connections, who we are there, and how patient we are. */
export class Server {
  readonly #base: BaseUrl
  readonly #transport: Transport
  readonly #turns: Turns | undefined
  readonly #timeouts: Timeouts
  readonly #retry: RetryPolicy
  readonly #onRetry: OnRetry | undefined
  readonly #headers: Readonly<Record<string, string>>
  readonly #open = new Set<BodyStream>()
  readonly #closing = new AbortController()
  /** For whoever fetches ahead of its reader. */
  readonly ahead: PlacesAhead
  /** For whoever asks many questions. */
  readonly gate = new Gate()

  /** @throws QueryError for options that can't be right. */
  constructor(given: ClientOptions) {
    const options = validate(clientOptionsSchema, given, 'Dhis2Client')
    this.#base = parseBaseUrl(options.baseUrl)
    setMaxListeners(0, this.#closing.signal)
    this.#timeouts = withTimeouts(
      { connectMs: 30_000, headersMs: 1_800_000, bodyMs: 300_000 },
      options.timeouts,
    )
    this.#retry = retryPolicy(options.retry)
    this.#onRetry = options.onRetry
    this.#headers = ownHeaders(options.headers, 'Dhis2Client: headers')
    // How many connections a dispatcher of the user's has is not known.
    this.ahead = new PlacesAhead(
      options.dispatcher ? 2 : (options.pool?.connections ?? defaultConnections) - 1,
    )
    this.#turns = options.dispatcher ? undefined : turnsOf(this.#base, this.#timeouts, options)
    this.#transport = {
      turns: this.#turns ?? withoutTurns(options.dispatcher!),
      auth: new AuthSession(
        options.auth ?? { headers: () => ({}) },
        options.pool?.connections ?? defaultConnections,
      ),
      userAgent: options.userAgent ?? `dhis2-analytics-stream/${version}`,
    }
    this.#transport.auth.conceals(this.#headers)
    const { dispatcher, pool, tls, proxy, timeouts } = options
    if (dispatcher && (pool || tls || proxy || timeouts?.connectMs !== undefined)) {
      throw new QueryError(
        'Dhis2Client: pool, tls, proxy and timeouts.connectMs belong to the dispatcher when you bring your own',
      )
    }
  }

  get origin(): string {
    return this.#base.origin
  }

  /** Aborted by `close()`. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /**
   * What a call is going to ask, `GET <base><endpoint>?<search>`, with the attempts it has; `format` is what the endpoint
   * answers in.
   *
   * @throws QueryError where the endpoint is not a path on this server.
   */
  prepare(endpoint: string, search: string, options: CallOptions, format = 'json'): PreparedRequest {
    const { origin } = this.#base
    const path = resolveEndpoint(this.#base, endpoint) + (search && `?${search}`)
    const request = { method: 'GET', url: origin + path }
    concealWith(request, this.#transport.auth.conceal)
    return {
      origin,
      path,
      endpoint,
      format,
      request,
      timeouts: withTimeouts(this.#timeouts, options.timeouts),
      headers: this.#headersOf(options),
      budget: new RetryBudget(
        options.retry === undefined ? this.#retry : retryPolicy(this.#retry, options.retry),
        request,
        options.onRetry ?? this.#onRetry,
      ),
    }
  }

  #headersOf({ headers }: CallOptions): Readonly<Record<string, string>> {
    if (headers === undefined) return this.#headers
    const own = ownHeaders(headers, 'headers')
    this.#transport.auth.conceals(own)
    return { ...this.#headers, ...own }
  }

  /**
   * The body of the answer; the request is sent on the first read.
   *
   * @throws ClientClosedError after `close()`.
   */
  body(prepared: PreparedRequest, options: CallOptions): BodyStream {
    this.assertOpen(prepared)
    const body = new BodyStream(this.#transport, prepared, options)
    this.#open.add(body)
    return body.once('close', () => this.#open.delete(body))
  }

  /** @throws ClientClosedError after `close()`. */
  assertOpen({ request }: PreparedRequest): void {
    if (this.closing.aborted) throw new ClientClosedError({ request })
  }

  /** Ends whatever is under way with a ClientClosedError and closes every socket of ours. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const body of this.#open) {
      const error = new ClientClosedError({ request: body.request })
      // Of what nobody has read from yet nothing fails, until somebody does.
      if (body.hasBegun || body.readableFlowing !== null) body.destroy(error)
      else endUnsaid(body, error)
    }
    await this.#turns?.destroy()
  }
}

function withTimeouts(timeouts: Timeouts, over: TimeoutOptions | undefined): Timeouts {
  return {
    connectMs: over?.connectMs ?? timeouts.connectMs,
    headersMs: over?.headersMs ?? timeouts.headersMs,
    bodyMs: over?.bodyMs ?? timeouts.bodyMs,
  }
}

function turnsOf(base: BaseUrl, timeouts: Timeouts, options: ClientOptions): Turns {
  const { tls = {}, pool = {}, proxy = usualProxy() } = options
  if ('bun' in process.versions) {
    throw new QueryError(
      'Dhis2Client: the undici of this runtime is none that can send requests; run it on Node, or on Deno',
    )
  }
  if (proxy === 'env') checkProxyVariables()
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw new QueryError(`Dhis2Client: tls: ${(cause as Error).message}`, { cause })
  }
  const route = {
    origin: base.origin,
    proxy: proxy?.toString(),
    tls,
    connectMs: timeouts.connectMs,
    keepAliveMs: pool.keepAliveMs ?? 30_000,
  }
  return new Turns(pool.connections ?? defaultConnections, async () => {
    // Loaded for those who send something: undici takes as long to be imported as all the rest.
    const { dispatcherFor } = await import('./wire/dispatchers.ts')
    return (connections) => dispatcherFor(route, connections)
  })
}

/**
 * Undici would tell of them as the cause of a request that failed. A password may be in them, so they are not shown.
 *
 * @throws QueryError
 */
function checkProxyVariables(): void {
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']) {
    const value = process.env[name]
    if (!value || isProxyUrl(value)) continue
    throw new QueryError(`Dhis2Client: proxy: the environment's ${name} must be ${proxyUrl}`)
  }
}

/** What Node itself does where it is told to. */
function usualProxy(): 'env' | undefined {
  return process.env['NODE_USE_ENV_PROXY'] === '1' ? 'env' : undefined
}
