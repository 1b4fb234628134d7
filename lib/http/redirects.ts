import { AuthenticationError, type RequestSummary, UnexpectedContentError } from '../errors.ts'

const loginPath = /\/(dhis-web-)?(login|logout)(\/|$|\.)/

/** How those who sign people in write the paths of their pages, and what they are asked in the query. */
const signInPath =
  /\/(oauth2?|openid-connect|saml2?|adfs|idp|cas|sso|authorize|signin|sign-in)(\/|$|\.)|\/realms\//i
const signInQuery = /[?&](client_id|response_type|redirect_uri|SAMLRequest|RelayState|wa|wtrealm)=/i
const signInHost =
  /^(login|logon|signin|auth|accounts?|sso|idp?|identity|keycloak|adfs)[.-]|\.(okta|auth0)\.com$/i

/**
 * The error for a redirect, which is never followed: the credentials stay with the configured origin. Nor does it
 * advise to take them elsewhere. The path is not shown, as it may repeat what was sent; only what a baseUrl lacks is.
 */
export function redirectError(
  status: number,
  location: string,
  request: RequestSummary,
  endpoint: string,
): Error {
  const from = new URL(request.url)
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (!target) return unexpected('somewhere, and redirects are not followed')
  if (location === '') return unexpected('a place that it does not name, and redirects are not followed')
  const where = target.origin === 'null' ? `a ${target.protocol} address` : target.origin

  if (loginPath.test(target.pathname)) {
    return new AuthenticationError(
      `Redirected to the login page of ${where}: the credentials were not accepted`,
      { request, httpStatus: status },
    )
  }
  if (looksLikeSignIn(target, from)) {
    return new AuthenticationError(
      `Redirected to ${where}, which looks like an identity provider where people sign in with a browser: the ` +
        'credentials were not accepted here, and were not sent there; use a personal access token, or ask those who ' +
        'run the server to let requests with credentials to /api pass',
      { request, httpStatus: status },
    )
  }
  if (target.hostname !== from.hostname) {
    return unexpected(
      `${where}, which is not this server, and redirects are not followed: credentials are only sent to ${from.origin}; ` +
        'ask those who run it what stands there',
    )
  }
  if (target.protocol !== from.protocol) {
    return unexpected(
      target.protocol === 'https:'
        ? `https on the same host, and redirects are not followed; write the baseUrl with ${where}`
        : `${target.protocol} on the same host, where credentials would go in the clear, and redirects are not ` +
            'followed; the proxy before the server does not tell it that it is asked by https',
    )
  }
  if (target.origin !== from.origin) {
    return unexpected(
      `another port of the same host (${target.port || 'the usual one'}), and redirects are not followed: ` +
        `credentials are only sent to ${from.origin}`,
    )
  }
  const path = contextPath(target, from, endpoint)
  return unexpected(
    path === undefined
      ? 'another path of the same server, and redirects are not followed; see with a browser what stands there, and ' +
          'whether the path of the baseUrl and the endpoint are right'
      : `another path of the same server, and redirects are not followed; it seems to live at baseUrl: '${from.origin}${path}'`,
  )

  function unexpected(what: string) {
    return new UnexpectedContentError(`${status} redirects to ${what}`, { request })
  }
}

function looksLikeSignIn(target: URL, from: URL): boolean {
  if (signInPath.test(target.pathname) || signInQuery.test(target.search)) return true
  return target.hostname !== from.hostname && signInHost.test(target.hostname)
}

/** Where the same endpoint is a path further down or up, or the path is a single word: the context path that is meant. */
function contextPath(target: URL, from: URL, endpoint: string): string | undefined {
  const path = target.pathname.endsWith(endpoint)
    ? target.pathname.slice(0, -endpoint.length)
    : target.pathname.replace(/\/$/, '')
  const known = from.pathname.slice(0, -endpoint.length)
  return /^(\/[A-Za-z][\w-]{0,30})?$/.test(path) && path !== known ? path : undefined
}
