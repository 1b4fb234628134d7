import { QueryError } from '../../errors.ts'
import { ownErrors } from '../own-errors.ts'

/**
 * How requests prove who they are. Any object of this shape will do.
 *
 * `headers()` is asked before each request. `refresh()`, where there is one, is called after a 401,
 * once however many calls met it together; the request is then tried once more with new headers.
 *
 * Cookies that the server sets are sent along for as long as `headers()` gives the same: with a header that differs in
 * each request every request logs in. A `Cookie` among them stands; of the server's only those of other names are added.
 */
export interface Auth {
  headers(): Record<string, string> | Promise<Record<string, string>>
  refresh?(): void | Promise<void>
}

/**
 * HTTP Basic, with a DHIS2 username and password.
 *
 * @throws QueryError where the username is empty or holds a colon, or the password is empty.
 */
export function basicAuth(username: string, password: string): Auth {
  if (!isFilled(username) || username.includes(':')) {
    throw new QueryError('basicAuth: the username must be a non-empty string without a colon')
  }
  if (!isFilled(password)) throw new QueryError('basicAuth: the password must be a non-empty string')
  return fixedHeader(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`)
}

/**
 * A DHIS2 personal access token, sent as `Authorization: ApiToken …`.
 *
 * @throws QueryError where the token is empty or holds a space or a line break.
 */
export function personalAccessToken(token: string): Auth {
  assertToken(token, 'personalAccessToken')
  return fixedHeader(`ApiToken ${token}`)
}

/**
 * An OAuth2 or JWT bearer token. A function is asked for the token before the first request and again
 * after each 401; in between its token is kept.
 *
 * @throws QueryError where the token is empty or holds a space or a line break.
 */
export function bearerToken(token: string | (() => string | Promise<string>)): Auth {
  if (typeof token !== 'function') {
    assertToken(token, 'bearerToken')
    return fixedHeader(`Bearer ${token}`)
  }
  let current: Promise<string> | undefined
  return {
    async headers() {
      current ??= ownErrors('bearerToken: the function', token)
      const asked = current
      try {
        const text = await asked
        assertToken(text, 'bearerToken')
        return { authorization: `Bearer ${text}` }
      } catch (error) {
        if (current === asked) current = undefined
        throw error
      }
    },
    refresh() {
      current = undefined
    },
  }
}

function fixedHeader(authorization: string): Auth {
  return { headers: () => ({ authorization }) }
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function assertToken(token: unknown, who: string): asserts token is string {
  if (token === undefined || token === '') {
    throw new QueryError(`${who}: there is no token; is the environment variable it comes from set?`)
  }
  if (!isFilled(token) || !/^[\x21-\x7e]+$/.test(token)) {
    throw new QueryError(`${who}: the token must be printable ASCII without spaces or line breaks`)
  }
}
