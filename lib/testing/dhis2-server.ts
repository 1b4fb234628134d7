import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { apiOf } from './api.ts'
import type { ByteSourceLike } from './byte-source.ts'
import { contentTypes, suffixOf } from './content-types.ts'
import { countryApi } from './country/country-api.ts'
import type { Country } from './country/index.ts'
import { type CredentialOptions, type Credentials, credentialsOf, loginPage } from './credentials.ts'
import { type DataOptions, endpointsOf } from './endpoints.ts'
import { type Misbehaviour, type Step, scriptOf } from './misbehaviour.ts'
import { errorReply, htmlReply, type Reply, redirectReply, reply } from './reply.ts'
import { type Encoding, pause, send } from './send.ts'
import { sessionsOf } from './sessions.ts'

export type { ByteSource, ByteSourceLike } from './byte-source.ts'
export { type CredentialOptions, type Credentials, demoBearer, demoToken } from './credentials.ts'
export type { DataOptions } from './endpoints.ts'
export type { MetadataObject, MetadataTables } from './metadata-lists.ts'
export type { Misbehaviour, Step } from './misbehaviour.ts'
export type { Encoding } from './send.ts'

/** How to start the stand-in. */
export interface StandInOptions extends DataOptions {
  /** Where the instance lives below the host, such as `/stable-2-42`; default `''`, at the root. */
  contextPath?: string
  /** Default user admin with password district, {@link demoToken} and {@link demoBearer}. */
  credentials?: CredentialOptions
  /** Encodings to use, as a proxy does, where the client accepts them; then no Content-Length. Default none. */
  compress?: Encoding | readonly Encoding[]
  /** Default one that is free. */
  port?: number
  /**
   * What it answers of, as a real server does: one country, made with `countryOf()`. Then `manners`, `maxPageSize`,
   * `pagingFalseLimit` and `version` hold for its lists, and no other option of the data. Default every question is answered
   * with something made up, of which a part need not agree with the whole.
   */
  country?: Country | undefined
}

/** A request that the stand-in got. */
export interface RecordedRequest {
  readonly method: string
  /** As on the request line: path and query. */
  readonly url: string
  /** The path with the context path, before any decoding. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Whether the connection ended before the response was complete, whoever ended it. */
  readonly aborted: boolean
  /** Bytes of the body, as they go over the wire, handed to the socket so far. */
  readonly bytesSent: number
}

/** A running stand-in for a DHIS2 server. */
export interface StandIn extends AsyncDisposable {
  /** `http://127.0.0.1:<port><contextPath>`: the client's base URL. */
  readonly url: string
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** Connections open now, and the most there ever were at once. */
  readonly openSockets: number
  readonly peakOpenSockets: number
  /** Who may come in: sets to be changed while the server runs. */
  readonly credentials: Credentials
  /** How many requests were logged in, because no live session of the same user came with them. */
  readonly logins: number
  /** Ends every session, as a restart does. */
  endSessions(): void
  /** Takes this bearer token from now on. */
  issueBearer(token: string): void
  /** Calls this bearer token expired from now on. */
  revokeBearer(token: string): void
  /** Each step befalls one coming request, the first that it is meant for; then all is well again. */
  misbehave(...steps: readonly Step<RecordedRequest>[]): void
  /**
   * Answers this path, without the context path, with this body, behind credentials like the rest. The type
   * follows from the suffix unless `headers` names one.
   */
  serve(path: string, body: ByteSourceLike, headers?: Readonly<Record<string, string>>): void
  /** Cuts every connection and stops listening. */
  close(): Promise<void>
}

/**
 * Starts a stand-in for a DHIS2 server on 127.0.0.1: the analytics endpoints with made-up data of any size, and
 * the errors and traps that the real one has.
 *
 * @example
 * await using server = await startDhis2({ rows: 100_000 })
 * const response = await fetch(`${server.url}/api/analytics.json?dimension=dx:fbfJHSPpUQD`, {
 *   headers: { authorization: `ApiToken ${demoToken}` },
 * })
 */
export async function startDhis2(options: StandInOptions = {}): Promise<StandIn> {
  const { contextPath = '', compress = [], port = 0, country } = options
  const credentials = credentialsOf(options.credentials)
  const requests: RecordedRequest[] = []
  const script = scriptOf<RecordedRequest>()
  const served = new Map<string, Reply>()
  const api = country ? countryApi(country, options) : apiOf(endpointsOf(options))
  const sessions = sessionsOf(credentials, contextPath)

  async function answer(
    { method, path, url, query, headers }: RecordedRequest,
    response: ServerResponse,
  ): Promise<Reply> {
    if (!path.startsWith(`${contextPath}/`)) return htmlReply(404)
    const local = path.slice(contextPath.length)
    if (local === '/login/') return loginPage()
    const { refusal, setCookies } = await sessions.admit(headers)
    if (setCookies.length) response.setHeader('set-cookie', setCookies)
    if (refusal !== undefined) return refusal
    if (method !== 'GET') return errorReply(405, `Request method '${method}' is not supported`)
    const fixed = served.get(local)
    if (fixed !== undefined) return fixed
    const [, apiPath] = /^\/api\/(?:\d+\/)?(.+)$/.exec(local) ?? []
    return apiPath === undefined
      ? htmlReply(404)
      : api({
          path: apiPath,
          query,
          headers,
          url,
          baseUrl: `http://${headers.host}${contextPath}`,
          onClose: (listener) => response.on('close', listener),
        })
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = recordOf(request)
    requests.push(recorded)
    response.on('close', () => {
      recorded.aborted = !response.writableFinished
    })
    const misbehaviour = script.take(recorded) ?? {}
    if (misbehaviour.delayMs !== undefined) await pause(response, misbehaviour.delayMs)
    if (misbehaviour.destroyBeforeHeaders) {
      request.socket.destroy()
      return
    }
    const sent = wrongReply(misbehaviour, recorded.path) ?? (await answer(recorded, response))
    await send(response, sent, {
      encoding: agreed(compress, request.headers, sent),
      misbehaviour,
      onBytes: (bytes) => {
        recorded.bytesSent += bytes
      },
    })
  }

  // Long URLs are welcome here: it is a proxy's part to refuse them, and `misbehave` can play it.
  const server = createServer({ maxHeaderSize: 1_048_576, highWaterMark: 65_536 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error('The stand-in failed to answer', request.url, error)
      response.destroy()
    })
  })
  const sockets = new Set<Socket>()
  let peakOpenSockets = 0
  server.on('connection', (socket) => {
    sockets.add(socket)
    peakOpenSockets = Math.max(peakOpenSockets, sockets.size)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })

  const close = async () => {
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
    const cut = Array.from(
      sockets,
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).destroy()),
    )
    await Promise.all([stopped, ...cut])
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${contextPath}`,
    requests,
    credentials,
    get logins() {
      return sessions.logins
    },
    endSessions: sessions.end,
    get openSockets() {
      return sockets.size
    },
    get peakOpenSockets() {
      return peakOpenSockets
    },
    issueBearer(token) {
      credentials.bearerTokens.add(token)
    },
    revokeBearer(token) {
      credentials.bearerTokens.delete(token)
      credentials.expiredBearerTokens.add(token)
    },
    misbehave: script.add,
    serve(path, body, headers = {}) {
      served.set(path, reply(200, contentTypeOf(path), body, lowerCased(headers)))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function recordOf({ method = 'GET', url = '/', headers }: IncomingMessage): Mutable<RecordedRequest> {
  const [, path = '/', search = ''] = /^([^?]*)\??(.*)$/.exec(url) ?? []
  return { method, url, path, query: new URLSearchParams(search), headers, aborted: false, bytesSent: 0 }
}

/** What is sent instead of the data, if the script says so. */
function wrongReply(misbehaviour: Misbehaviour, path: string): Reply | undefined {
  const { redirect, status, headers = {}, body, contentType } = misbehaviour
  if (redirect !== undefined) return redirectReply(redirect)
  if (body !== undefined) {
    const isPage = status !== undefined && /^\s*</.test(Buffer.from(body).toString())
    const type = contentType ?? (isPage ? contentTypes.html : contentTypeOf(path))
    return reply(status ?? 200, type, body, lowerCased(headers))
  }
  if (status === undefined) return undefined
  return errorReply(status, `The script says ${status}`, undefined, lowerCased(headers))
}

function contentTypeOf(path: string): string {
  return contentTypes[suffixOf(path).suffix ?? 'json']
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function agreed(
  compress: Encoding | readonly Encoding[],
  headers: IncomingHttpHeaders,
  { status, headers: own }: Reply,
): Encoding | undefined {
  if (status !== 200 || 'content-encoding' in own) return undefined
  const accepted = String(headers['accept-encoding'] ?? '')
    .split(',')
    .map((part) => part.split(';', 1)[0]!.trim())
  return [compress].flat().find((encoding) => accepted.includes(encoding))
}
