import type { ConnectionOptions } from 'node:tls'
import { z } from 'zod'
import { abortSignal, functionSchema, type Shape } from '../checks/validate.ts'
import type { Auth } from './auth/auth.ts'
import { type RetryOptions, retrySchema } from './retry.ts'
import type { OnRetry } from './telling.ts'
import type { AnyDispatcher } from './wire/any-dispatcher.ts'

/** Limits on silence, in milliseconds; 0 is no limit. */
export interface TimeoutOptions {
  /** Until a connection stands. Default 30,000. */
  connectMs?: number | undefined
  /** From the request to the response's head. DHIS2 sends no byte until the query is done. Default 1,800,000. */
  headersMs?: number | undefined
  /** Between two pieces of the body, to a second or so. A slow reader of ours does not count. Default 300,000. */
  bodyMs?: number | undefined
}

/** What TLS can be told, as in `node:tls`. */
export type TlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'ciphers'
  | 'key'
  | 'maxVersion'
  | 'minVersion'
  | 'passphrase'
  | 'pfx'
  | 'rejectUnauthorized'
  | 'servername'
>

export interface ClientOptions {
  /** Where the server lives, with its context path: `https://dhis2.example.org/stable-2-42`. */
  baseUrl: string | URL
  /** Who you are: `basicAuth()`, `personalAccessToken()`, `bearerToken()`, or an object of your own. Default nobody. */
  auth?: Auth | undefined
  /** When a request is tried again; `false` is never. */
  retry?: RetryOptions | false | undefined
  timeouts?: TimeoutOptions | undefined
  pool?:
    | {
        /** How many connections stand at most. Default 10; further calls wait for one. */
        connections?: number | undefined
        /** How long an idle connection is kept, in milliseconds. Default 30,000. */
        keepAliveMs?: number | undefined
      }
    | undefined
  tls?: TlsOptions | undefined
  /**
   * A dispatcher of your own, of undici 7 or 8, for proxies or tests, in place of `pool`, `tls` and `connectMs`. It stays
   * yours to close. Those of undici 7 can end the process when a server hangs up on a slow reader (nodejs/undici#5360):
   * take undici 8 where Node allows it.
   */
  dispatcher?: AnyDispatcher | undefined
  /**
   * The way to the server: the URL of an HTTP proxy, or `'env'` for what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
   * Default none, or `'env'` where `NODE_USE_ENV_PROXY=1` says so to Node.
   */
  proxy?: string | URL | undefined
  /** Headers sent with each request, such as a `Referer`; those of the auth come first. Default none. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Told before a request is tried again, and waited for. What it throws fails the call. */
  onRetry?: OnRetry | undefined
  /** The `User-Agent` header. Default this package's name and version. */
  userAgent?: string | undefined
}

/** What every call takes. */
export interface CallOptions {
  /** Aborts the call: its request, its retries and its body. The error is an AbortError. */
  signal?: AbortSignal | undefined
  /** This call's own limits, over the client's. */
  timeouts?: Omit<TimeoutOptions, 'connectMs'> | undefined
  /** This call's own retries, over the client's. */
  retry?: RetryOptions | false | undefined
  /** This call's own headers, over the client's. */
  headers?: Readonly<Record<string, string>> | undefined
  /** In place of the client's. */
  onRetry?: OnRetry | undefined
  /** How many bytes of the response may wait in memory for a slow reader. Default 256 KiB. */
  highWaterMark?: number | undefined
}

const milliseconds = z
  .number({ error: 'must be a number of milliseconds, 0 for no limit' })
  .min(0)
  .max(2_147_483_647)
  .optional()

const headersAndBody = { headersMs: milliseconds, bodyMs: milliseconds }

const pem = z.custom<TlsOptions['ca']>(
  (value) => [value].flat().every((each) => isPem(each) || ArrayBuffer.isView(each)),
  { error: 'must be PEM text such as readFileSync(path) gives, a Buffer, or a list of them' },
)

const certificate = z.custom<TlsOptions['cert']>(
  (value) => [value].flat().every((each) => typeof each === 'string' || ArrayBuffer.isView(each)),
  { error: 'must be PEM text, a Buffer, or a list of them' },
)

/** A key or a pfx may also be an object with a passphrase of its own. */
const keyMaterial = z.custom<string>(
  (value) =>
    [value].flat().every((each) => typeof each === 'string' || (typeof each === 'object' && each !== null)),
  { error: 'must be text, a Buffer, or a list of them' },
)

const tlsSchema = z
  .strictObject({
    ca: pem.optional(),
    cert: certificate.optional(),
    ciphers: z.string().optional(),
    key: keyMaterial.optional(),
    maxVersion: z.string().optional(),
    minVersion: z.string().optional(),
    passphrase: z.string().optional(),
    pfx: keyMaterial.optional(),
    rejectUnauthorized: z.boolean().optional(),
    servername: z.string().optional(),
  })
  .optional() as unknown as z.ZodType<TlsOptions | undefined>

const filled = z
  .string({ error: 'must be a non-empty string' })
  .min(1, { error: 'must be a non-empty string' })

const url = "must be a URL like 'https://dhis2.example.org'"

/** Looked at closely where they are sent from. */
const headersSchema = z.custom<Readonly<Record<string, string>>>(
  (value) => typeof value === 'object' && value !== null,
  { error: 'must be an object of strings' },
)

function isPem(value: unknown): boolean {
  return typeof value === 'string' && value.includes('-----BEGIN ')
}

/** What the URL of a proxy has to be, in words. */
export const proxyUrl = "the URL of an HTTP proxy like 'http://proxy.example.org:3128'"

export function isProxyUrl(value: string | URL): boolean {
  return URL.canParse(String(value)) && /^https?:$/.test(new URL(value).protocol)
}

function isProxy(value: unknown): boolean {
  if (typeof value !== 'string' && !(value instanceof URL)) return false
  return value === 'env' || isProxyUrl(value)
}

function isAuth(value: unknown): boolean {
  const { headers, refresh } = (value ?? {}) as { headers?: unknown; refresh?: unknown }
  return typeof headers === 'function' && (refresh === undefined || typeof refresh === 'function')
}

export const clientOptionsSchema = z.strictObject({
  baseUrl: z.union([z.string().min(1, { error: url }), z.instanceof(URL)], { error: url }),
  auth: z
    .custom<Auth>(isAuth, {
      error: 'must be basicAuth(…), personalAccessToken(…), bearerToken(…) or an object with headers()',
    })
    .optional(),
  retry: retrySchema.optional(),
  timeouts: z.strictObject({ connectMs: milliseconds, ...headersAndBody }).optional(),
  pool: z
    .strictObject({ connections: z.int().min(1).optional(), keepAliveMs: z.number().min(1).optional() })
    .optional(),
  tls: tlsSchema,
  dispatcher: z
    .custom<AnyDispatcher>((value) => typeof (value as AnyDispatcher | null)?.dispatch === 'function', {
      error: 'must be an undici Dispatcher',
    })
    .optional(),
  proxy: z.custom<string | URL>(isProxy, { error: `must be 'env', or ${proxyUrl}` }).optional(),
  headers: headersSchema.optional(),
  onRetry: functionSchema<OnRetry>().optional(),
  userAgent: filled.optional(),
} satisfies Shape<ClientOptions>)

export const callOptionsShape = {
  signal: abortSignal.optional(),
  timeouts: z
    .strictObject(headersAndBody, {
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? 'takes headersMs and bodyMs; connectMs is an option of the client'
          : undefined,
    })
    .optional(),
  retry: retrySchema.optional(),
  headers: headersSchema.optional(),
  onRetry: functionSchema<OnRetry>().optional(),
  highWaterMark: z.int({ error: 'must be a whole number of bytes' }).min(1).optional(),
} satisfies Shape<CallOptions>

export const callOptionsSchema = z.strictObject(callOptionsShape)
