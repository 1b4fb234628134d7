import type { Cookie, CookieJar as Jar, MemoryCookieStore } from 'tough-cookie'

/** What browsers take of one cookie, name and value together. */
const longestCookie = 4096

/** More would be left out as browsers do it, the oldest first: what all cookies take is missing for the URL. */
const keptCookies = 50
const keptLength = 4096

/**
 * The cookies of one origin, kept as a browser keeps them (RFC 6265). What a browser would not take is ignored, and
 * what comes beyond 50 cookies or 4 KiB pushes out the oldest.
 */
export class CookieJar {
  #jar: Jar | undefined
  #store: MemoryCookieStore | undefined

  /** The cookies for a request there, as `name=value`, with bytes as characters. */
  for(url: URL): string[] {
    const cookies = this.#jar?.getCookiesSync(withoutFinalDot(url)) ?? []
    return cookies.map((cookie) => cookie.cookieString())
  }

  /** Keeps, replaces and drops what these `Set-Cookie` lines of an answer from there say. */
  async take(url: URL, lines: readonly string[]): Promise<void> {
    // Not before it is needed: it takes longer to load than undici does.
    const { Cookie, CookieJar, MemoryCookieStore } = await import('tough-cookie')
    this.#store ??= new MemoryCookieStore()
    this.#jar ??= new CookieJar(this.#store)
    const from = withoutFinalDot(url)
    for (const line of lines) {
      const cookie = Cookie.parse(line)
      if (!cookie || !isSendable(cookie)) continue
      // A host may name itself also where it is a public suffix (`http://dhis2/`) or an address.
      if (cookie.domain === from.hostname) cookie.domain = null
      this.#jar.setCookieSync(cookie, from, { ignoreError: true })
    }
    this.#pushOut()
  }

  #pushOut(): void {
    const store = this.#store
    store?.getAllCookies((_, cookies = []) => {
      let length = 0
      for (const [age, cookie] of cookies.toReversed().entries()) {
        length += lengthOf(cookie)
        if (age < keptCookies && length <= keptLength) continue
        store.removeCookie(cookie.domain ?? '', cookie.path ?? '', cookie.key, () => undefined)
      }
    })
  }
}

/** Hosts with and without the dot at their end are the same; tough-cookie takes no cookies from the former. */
function withoutFinalDot(url: URL): URL {
  if (!url.hostname.endsWith('.')) return url
  const same = new URL(url)
  same.hostname = url.hostname.slice(0, -1)
  return same
}

/** With any other character every further request would be one that can't be sent. */
function isSendable(cookie: Cookie): boolean {
  return lengthOf(cookie) <= longestCookie && /^[\x20-\x7e\x80-\xff]*$/.test(cookie.cookieString())
}

function lengthOf(cookie: Cookie): number {
  return cookie.cookieString().length
}
