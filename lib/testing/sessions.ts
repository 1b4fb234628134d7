import { randomBytes, scrypt } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { type Credentials, refusalOf } from './credentials.ts'
import type { Reply } from './reply.ts'

/** What becomes of a request: it is refused, or let in with cookies to set. */
export interface Admission {
  readonly refusal?: Reply
  readonly setCookies: readonly string[]
}

/** Who is logged in. */
export interface Sessions {
  /** How many there were so far: requests whose credentials were good and that no session came with. */
  readonly logins: number
  admit(headers: IncomingHttpHeaders): Promise<Admission>
  /** Ends all of them, as a restart does. */
  end(): void
}

const hash = promisify<string, string, number, { N: number; maxmem: number }, Buffer>(scrypt)

/**
 * Sessions as the real server has them. Credentials without a live session log in: Basic ones are hashed for it, which
 * takes long. With one, the same user's password is not even looked at, nobody's request is that user's, and another
 * user's credentials turn the session into theirs. Tokens are always looked at.
 */
export function sessionsOf(credentials: Credentials, contextPath: string): Sessions {
  const users = new Map<string, string>()
  let logins = 0
  return {
    get logins() {
      return logins
    },
    end: () => users.clear(),
    async admit(headers) {
      const [, id = ''] = /(?:^|; *)JSESSIONID=([^;]*)/.exec(headers.cookie ?? '') ?? []
      const known = users.get(id)
      const user = userOf(headers.authorization)
      const isKnown = known !== undefined && (user === undefined || (user === known && /^basic /.test(user)))
      if (isKnown) return { setCookies: [expiry()] }

      if (user !== undefined && credentials.hashesPasswords && user.startsWith('basic ')) await hashed(user)
      const refusal = refusalOf(credentials, headers, `${contextPath}/login/`)
      if (refusal !== undefined) return { refusal, setCookies: [] }
      if (user === undefined || user === known) return { setCookies: [expiry()] }
      logins += 1
      if (known !== undefined) {
        users.set(id, user)
        return { setCookies: [expiry()] }
      }
      const fresh = randomBytes(16).toString('hex').toUpperCase()
      users.set(fresh, user)
      const path = contextPath || '/'
      return { setCookies: [`JSESSIONID=${fresh}; Path=${path}; HttpOnly; SameSite=Lax`, expiry()] }
    },
  }
}

/** The scheme and the user name, or the token. */
function userOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', secret = ''] = /^(\S+) +(.*)$/.exec(authorization ?? '') ?? []
  if (scheme === '') return undefined
  const basic = scheme.toLowerCase() === 'basic'
  const who = basic ? Buffer.from(secret, 'base64').toString().split(':', 1)[0] : secret
  return `${scheme.toLowerCase()} ${who}`
}

/** About what bcrypt takes at the server's strength. */
function hashed(text: string): Promise<Buffer> {
  return hash(text, 'salt', 32, { N: 32_768, maxmem: 64_000_000 })
}

/** By when the server takes the session to be over, for the apps in a browser. */
function expiry(): string {
  const now = Math.floor(Date.now() / 1000)
  const end = new Date((now + 3600) * 1000).toUTCString()
  const value = `server_time=${now}&expiry_time=${now + 3600}`
  return `SESSION_EXPIRE=${value}; Path=/; Max-Age=3600; Expires=${end}; SameSite=Lax`
}
