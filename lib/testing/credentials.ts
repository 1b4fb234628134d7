import type { IncomingHttpHeaders } from 'node:http'
import { errorReply, htmlReply, type Reply, redirectReply, reply } from './reply.ts'

/** Who may come in. */
export interface CredentialOptions {
  /** Passwords by user name; default `{ admin: 'district' }`. */
  users?: Readonly<Record<string, string>>
  /** Default {@link demoToken}. */
  personalAccessTokens?: readonly string[]
  /** Default {@link demoBearer}. */
  bearerTokens?: readonly string[]
  /** Tokens that were good once; default none. */
  expiredBearerTokens?: readonly string[]
  /** Whether passwords are hashed at every login, which takes as long as on the real server; default false. */
  hashesPasswords?: boolean
}

/** Who may come in right now: change the sets while the server runs. */
export interface Credentials {
  users: Map<string, string>
  personalAccessTokens: Set<string>
  bearerTokens: Set<string>
  expiredBearerTokens: Set<string>
  hashesPasswords: boolean
}

/** The personal access token that the stand-in takes unless it is told otherwise. */
export const demoToken = 'd2pat_5xVA12xyUbWNedQxy4ohH77WlxRGVvZZ1151814092'

/** The bearer token that the stand-in takes unless it is told otherwise. */
export const demoBearer = 'bearer-good'

/** The sets behind the options. */
export function credentialsOf(options: CredentialOptions = {}): Credentials {
  return {
    users: new Map(Object.entries(options.users ?? { admin: 'district' })),
    personalAccessTokens: new Set(options.personalAccessTokens ?? [demoToken]),
    bearerTokens: new Set(options.bearerTokens ?? [demoBearer]),
    expiredBearerTokens: new Set(options.expiredBearerTokens),
    hashesPasswords: options.hashesPasswords ?? false,
  }
}

/** The reply to somebody who may not come in; undefined for somebody who may. */
export function refusalOf(
  credentials: Credentials,
  headers: IncomingHttpHeaders,
  loginPath: string,
): Reply | undefined {
  const [, scheme = '', secret = ''] = /^(\S+) +(.*)$/.exec(headers.authorization ?? '') ?? []
  switch (scheme.toLowerCase()) {
    case 'basic':
      return basicRefusal(credentials, secret)
    case 'apitoken':
      return tokenRefusal(credentials, secret)
    case 'bearer':
      return bearerRefusal(credentials, secret)
    default:
      return headers['x-requested-with'] === 'XMLHttpRequest' ? unauthorized() : redirectReply(loginPath)
  }
}

/** The page that a client without credentials ends up on, with status 200, if it follows redirects. */
export function loginPage(): Reply {
  const page = htmlReply(200, 'DHIS2 login').body
  return reply(200, 'text/html;charset=utf-8', page, { 'set-cookie': 'JSESSIONID=0; Path=/; HttpOnly' })
}

function basicRefusal({ users }: Credentials, secret: string): Reply | undefined {
  const [, user = '', password] = /^([^:]*):(.*)$/s.exec(Buffer.from(secret, 'base64').toString()) ?? []
  return password !== undefined && users.get(user) === password ? undefined : unauthorized()
}

function tokenRefusal({ personalAccessTokens }: Credentials, token: string): Reply | undefined {
  // 32 characters and a checksum of 10 digits.
  if (!/^d2pat_[A-Za-z0-9]{32}\d{10}$/.test(token)) {
    return errorReply(400, 'Checksum validation failed', undefined, { 'www-authenticate': 'ApiToken' })
  }
  if (personalAccessTokens.has(token)) return undefined
  return unauthorized('ApiToken', 'The API token does not exist')
}

function bearerRefusal({ bearerTokens, expiredBearerTokens }: Credentials, token: string): Reply | undefined {
  if (bearerTokens.has(token)) return undefined
  const description = expiredBearerTokens.has(token) ? 'Jwt expired at 2026-01-01T00:00:00Z' : 'Invalid token'
  const challenge = `Bearer error="invalid_token", error_description="${description}", error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"`
  return unauthorized(challenge, description)
}

function unauthorized(challenge?: string, message = 'Unauthorized'): Reply {
  return errorReply(401, message, undefined, challenge === undefined ? {} : { 'www-authenticate': challenge })
}
