import { QueryError } from '../errors.ts'

/** Where a DHIS2 server lives: `https://host/stable-2-42/` has the path `/stable-2-42`, a bare host ''. */
export interface BaseUrl {
  readonly origin: string
  readonly path: string
}

/** The API, and what a browser shows: the apps, at `dhis-web-…` and from 2.42 on at `apps/…`, and the login page. */
const behindTheBase = /^(.*?)\/+(api|apps|login|dhis-web-[^/]*|[^/]+\.(?:action|html?|jsp))(?:\/|$)/i

/** @throws QueryError that says what to write instead. */
export function parseBaseUrl(value: string | URL): BaseUrl {
  const example = "write it like 'https://dhis2.example.org' or 'https://example.org/dhis'"
  if (!URL.canParse(String(value))) throw new QueryError(`baseUrl is not a URL; ${example}`)
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new QueryError(`baseUrl must be http or https, not ${url.protocol}; ${example}`)
  }
  if (url.username || url.password) {
    throw new QueryError(
      'baseUrl must not carry credentials; give them as auth: basicAuth(username, password)',
    )
  }
  const [, path = '', beyond] = behindTheBase.exec(url.pathname) ?? [undefined, url.pathname]
  if (beyond) throw new QueryError(`baseUrl must stop before /${beyond}; write '${url.origin}${path}'`)
  if (url.search || url.hash || /[?#]$/.test(url.href)) {
    throw new QueryError(`baseUrl must end with the path, without a query or fragment; ${example}`)
  }
  return { origin: url.origin, path: path.replace(/\/+$/, '') }
}

/**
 * The path to send for an endpoint, below the base path. Credentials go wherever this points, so anything
 * that a URL parser would read as another host, or climb out of the base path with, is refused.
 *
 * @throws QueryError for `//host/…`, an absolute URL, dot segments, a query, a fragment or a stray character.
 */
export function resolveEndpoint(base: BaseUrl, endpoint: string): string {
  const path = base.path + endpoint
  const plain = endpoint.startsWith('/') && !/[?#\\]|\/\//.test(endpoint)
  // Whatever the URL parser would rewrite (dot segments, tabs, spaces) is not what was written here.
  if (!plain || new URL(base.origin + path).pathname !== path || !endpoint.split('/').every(staysPut)) {
    const shown = JSON.stringify(endpoint.replace(/\/\/[^/@]*@/, '//'))
    throw new QueryError(
      `endpoint ${shown} is not a path on this server; write it like '/api/analytics.json', ` +
        'percent-encoded, without dot segments, and put what follows a ? into params',
    )
  }
  return path
}

/**
 * Whether a segment is one also for servers and proxies that decode it before they look for dots and slashes, or
 * that take `;…` for a parameter and drop it: `..%2f`, `..;`.
 */
function staysPut(segment: string): boolean {
  let decoded: string
  try {
    decoded = decodeURIComponent(segment)
  } catch {
    return false
  }
  return !/[/\\\p{Cc}]/u.test(decoded) && !/^\.{1,2}(;|$)/.test(decoded)
}
