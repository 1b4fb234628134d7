import type { CookieJar } from 'tough-cookie'

/** Longer cookies, and more of them, are not kept: a server may not fill the memory. */
const longestCookie = 4096
const mostCookies = 50

/**
 * The cookies of one client. A session spares the server a login for each request, and a load balancer finds the server
 * that has it. Cookies belong to the credentials that they came with: under others the server would turn the session into
 * theirs, so that those begin with none.
 */
export class Cookies {
  #session = new Session('')

  /** The cookies that go with these headers. What comes back is kept in the same. */
  sessionOf(credentials: Readonly<Record<string, string>>): Session {
    const owner = JSON.stringify(credentials)
    if (this.#session.owner !== owner) this.#session = new Session(owner)
    return this.#session
  }

  /** Forgets all of them; what is still under way brings none back. */
  clear(): void {
    this.#session = new Session('')
  }
}

/** The cookies of one set of credentials. */
export class Session {
  readonly owner: string
  #jar: CookieJar | undefined

  constructor(owner: string) {
    this.owner = owner
  }

  /** The credentials with a `cookie` header for this URL. A cookie of the same name among them stays as it is. */
  headersFor(url: string, credentials: Readonly<Record<string, string>>): Record<string, string> {
    const kept = this.#jar?.getCookiesSync(url) ?? []
    if (kept.length === 0) return { ...credentials }
    const [name = 'cookie', own = ''] =
      Object.entries(credentials).find(([each]) => each.toLowerCase() === 'cookie') ?? []
    const theirs = new Set(own.split(';').map((pair) => pair.split('=', 1)[0]!.trim()))
    const ours = kept.filter(({ key }) => !theirs.has(key)).map((cookie) => cookie.cookieString())
    return { ...credentials, [name]: [own, ...ours].filter(Boolean).join('; ') }
  }

  /** Keeps what a response from this URL sets, as a browser would, and returns the values. */
  async keep(url: string, lines: readonly string[]): Promise<string[]> {
    if (lines.length === 0) return []
    // Most of the library is a list of domains: it is loaded when it is needed.
    const { CookieJar } = await import('tough-cookie')
    this.#jar ??= new CookieJar(undefined, { looseMode: true })
    const values: string[] = []
    for (const line of lines) {
      if (line.length > longestCookie) continue
      if (this.#jar.serializeSync()!.cookies.length >= mostCookies && !this.#isKnown(url, line)) continue
      const cookie = this.#jar.setCookieSync(line, url, { ignoreError: true })
      if (cookie) values.push(cookie.value)
    }
    return values
  }

  #isKnown(url: string, line: string): boolean {
    const name = line.split('=', 1)[0]!.trim()
    return this.#jar!.getCookiesSync(url).some(({ key }) => key === name)
  }
}
