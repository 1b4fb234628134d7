import { refusePromise } from '../../checks/callback.ts'
import { QueryError } from '../../errors.ts'

const token = /^[!#$%&'*+.^_`|~\w-]+$/
const unsendable = /[^\t\x20-\x7e\x80-\xff]/

/** How a request is framed, and what becomes of its connection, is not for an auth to say. */
const ofTheConnection =
  /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i

/** Who is there is for the auth to say, and what is encoded for what decodes it. */
const notForUsers = /^(authorization|proxy-authorization|cookie|host|accept-encoding)$/i

/**
 * What an auth gave, where HTTP can carry it.
 *
 * @throws QueryError that shows no value.
 */
export function checkedHeaders(given: unknown): Record<string, string> {
  return checked(given, 'auth: headers()')
}

/**
 * The headers that a user wants sent beside those of the auth, by their names in lower case.
 *
 * @throws QueryError that shows no value.
 */
export function ownHeaders(given: unknown, who: string): Record<string, string> {
  const headers = Object.entries(checked(given ?? {}, who))
  const taken = headers.find(([name]) => notForUsers.test(name))
  if (taken) throw new QueryError(`${who} can not set ${taken[0]}; credentials belong into auth`)
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
}

function checked(given: unknown, who: string): Record<string, string> {
  const headers = isPlain(given) ? { ...given } : { '': undefined }
  for (const [name, value] of Object.entries(headers)) {
    refusePromise(`${who}, a value`, value)
    if (typeof value !== 'string') {
      const verb = who.endsWith('()') ? 'return' : 'be'
      throw new QueryError(`${who} must ${verb} a plain object of strings, as Object.fromEntries makes one`)
    }
    // What is no name may well be a secret in the wrong place.
    if (!token.test(name)) throw new QueryError(`${who} gave a name that HTTP has no header for`)
    if (unsendable.test(value)) {
      throw new QueryError(
        `${who} gave an invalid ${name} header: HTTP can't carry line breaks, control characters and what is ` +
          'beyond Latin-1',
      )
    }
    if (ofTheConnection.test(name)) {
      throw new QueryError(`${who} gave ${name}, which belongs to the connection; leave it out`)
    }
  }
  return headers as Record<string, string>
}

/** A `Headers` or a `Map` has no keys of its own: its request would go out without credentials. */
function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value)
}
