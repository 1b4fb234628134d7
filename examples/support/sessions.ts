import { randomBytes, scrypt } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'

const hashed = promisify(scrypt) as (
  text: string,
  salt: string,
  length: number,
  options: object,
) => Promise<Buffer>

/** The sessions of the stand-in: who comes without one is logged in anew, which takes a hash of the password. */
export class Sessions {
  logins = 0
  readonly #cost: number
  readonly #owners = new Map<string, string>()

  /** `cost` is scrypt's N, a power of two; 0 for no hash. Servers take some 100 ms. */
  constructor(cost: number) {
    this.#cost = cost
  }

  /** The cookie to set for a request; undefined where it has a session, which becomes that of its credentials. */
  async enter({ cookie = '', authorization = '' }: IncomingHttpHeaders): Promise<string | undefined> {
    const [, id = ''] = /(?:^|;\s*)JSESSIONID=([^;]*)/.exec(cookie) ?? []
    const owner = this.#owners.get(id)
    const hasSession = owner !== undefined && (authorization === '' || owner === authorization)
    if (hasSession) return undefined
    this.logins += 1
    if (this.#cost > 0) await hashed(authorization, 'salt', 32, { N: this.#cost, maxmem: 256 * 1024 * 1024 })
    const session = owner === undefined ? randomBytes(16).toString('hex') : id
    this.#owners.set(session, authorization)
    return owner === undefined ? `JSESSIONID=${session}; Path=/; HttpOnly` : undefined
  }
}
