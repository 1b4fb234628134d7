/** What Tomcat takes of a request's line and headers together is 8192 bytes; proxies take as much or less. */
const nearTheLimit = 8000

/** How a server that does say so says that a request line or its headers are too long. */
const saysTooLong =
  /\b(header|headers|cookie|uri|url|line|request)( field)?s?\b[^.<]{0,40}\b(too (large|long)|exceeds)/i

/** Of a request: its URL and its headers, in bytes. */
export interface RequestLength {
  readonly url: number
  readonly headers: number
}

/** Whether this status and body, which is no JSON of DHIS2's, mean that the URL was too long; some say nothing. */
export function isTooLong(status: number, body: unknown, { url, headers }: RequestLength): boolean {
  if (status === 414 || status === 431) return true
  if ((status !== 400 && status !== 413) || typeof body !== 'string') return false
  return url + headers >= nearTheLimit || saysTooLong.test(body)
}

/** What to say of it. */
export function tooLong({ url, headers }: RequestLength): string {
  return (
    `the URL of ${url} bytes, with ${headers} bytes of headers, is too long for this server or a proxy before it (Tomcat ` +
    "takes 8192 bytes for both); ask for less: a level ('LEVEL-4') or a group in place of single org units and data " +
    'elements, a relative period in place of single ones, or several requests'
  )
}
