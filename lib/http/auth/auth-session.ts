import { failureOf } from '../../checks/callback.ts'
import type { Conceal } from '../../conceal.ts'
import { ownErrors } from '../own-errors.ts'
import { cookieSecrets, Secrets, secretsIn } from '../secrets/secrets.ts'
import type { Auth } from './auth.ts'
import { checkedHeaders } from './auth-headers.ts'
import { Session } from './session.ts'

/** The headers of one request, which refresh of the credentials they come from, and the session it is part of. */
export interface Credentials {
  /** What the auth gave. */
  readonly headers: Record<string, string>
  /** What the server set, as `name=value`; without those that the auth has a value of its own for. */
  readonly cookies: readonly string[]
  readonly generation: number
  readonly session: Session
}

/**
 * One Auth shared by every call of a client, and the session that the server keeps for it. Calls that meet a 401
 * together refresh it once. Cookies that came with other credentials are never sent: another user's credentials would
 * turn that session into theirs, and with the session of before they would not even be looked at.
 */
export class AuthSession {
  readonly #auth: Auth
  readonly #connections: number
  #generation = 0
  #refreshing: Promise<void> | undefined
  #identity = ''
  /** What the auth gave last, once it was looked at. */
  #checked: Readonly<Record<string, string>> = {}
  #session: Session
  /** Those of requests still under way, after any likely number of refreshes and of answers that set cookies. */
  readonly #secrets = [new Secrets(50), new Secrets(200)] as const

  constructor(auth: Auth, connections: number) {
    this.#auth = auth
    this.#connections = connections
    this.#session = new Session(connections)
  }

  get canRefresh(): boolean {
    return this.#auth.refresh !== undefined
  }

  /** For one request there. `received` or `lost` is to follow. */
  async credentials(url: URL): Promise<Credentials> {
    for (;;) {
      await this.#refreshing
      const generation = this.#generation
      const headers = await this.#headers()
      const identity = JSON.stringify(headers)
      const [ofAuth, ofServer] = this.#secrets
      if (identity !== this.#identity) {
        ofAuth.remember(Object.entries(headers).flatMap(([name, value]) => secretsIn(name, value)))
      }
      const session = this.#sessionOf(identity, generation)
      if (session.enter()) {
        const own = new Set(cookiesIn(headers).map(nameOf))
        const cookies = session.jar.for(url).filter((cookie) => !own.has(nameOf(cookie)))
        ofServer.remember(cookies.flatMap(cookieSecrets))
        return { headers, cookies, generation, session }
      }
      await session.room()
    }
  }

  /** Takes the cookies of an answer, whatever its status. */
  async received({ session }: Credentials, url: URL, status: number, setCookies: string[]): Promise<void> {
    if (setCookies.length) {
      this.#secrets[1].remember(setCookies.flatMap(cookieSecrets))
      await session.jar.take(url, setCookies)
    }
    session.answered(status, setCookies.length > 0)
  }

  /** No answer came. */
  lost({ session }: Credentials): void {
    session.leave()
  }

  /** Refreshes, unless that has happened since these credentials were given out. */
  refresh({ generation }: Credentials): Promise<void> {
    if (generation !== this.#generation) return this.#refreshing ?? Promise.resolve()
    this.#generation += 1
    this.#begin()
    this.#refreshing = ownErrors('auth: refresh()', () => this.#auth.refresh?.()).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Drops the session, where it was good once and may have become too old; says whether to try again without it. */
  renew({ session, cookies }: Credentials): boolean {
    if (!cookies.length || !session.wasAccepted) return false
    if (session === this.#session) this.#begin()
    return true
  }

  /** Headers that a user wants sent, of which a server may repeat what is nobody's to see. */
  conceals(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) this.#secrets[0].remember(secretsIn(name, value))
  }

  /** Text of a server's without the credentials and cookies it was sent, or sent itself. */
  readonly conceal: Conceal = (text, isCut) =>
    this.#secrets.reduce((concealed, secrets) => secrets.conceal(concealed, isCut), text)

  async #headers(): Promise<Record<string, string>> {
    try {
      const given = await this.#auth.headers()
      // Most give the same each time.
      if (!isSame(given, this.#checked)) this.#checked = { ...checkedHeaders(given) }
      return { ...this.#checked }
    } catch (error) {
      throw failureOf('auth: headers()', error)
    }
  }

  #sessionOf(identity: string, generation: number): Session {
    // Asked for before a refresh, and come after it: what its cookies will be belongs to nobody else.
    if (generation !== this.#generation) return new Session(this.#connections)
    if (identity !== this.#identity) this.#begin(identity)
    return this.#session
  }

  #begin(identity = this.#identity): void {
    this.#identity = identity
    this.#session = new Session(this.#connections)
  }
}

/** Whether these are those headers; a `Headers` or a `Map` is none, whatever is in it. */
function isSame(given: object, known: Readonly<Record<string, string>>): boolean {
  if (Object.getPrototypeOf(given ?? []) !== Object.prototype) return false
  let count = 0
  for (const name in given) {
    if ((given as Record<string, unknown>)[name] !== known[name]) return false
    count += 1
  }
  return count > 0 && count === Object.keys(known).length
}

/** The cookies that an auth sends itself, as `name=value`. */
export function cookiesIn(headers: Record<string, string>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(';').map((cookie) => cookie.trim()))
}

function nameOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf('='))
}
