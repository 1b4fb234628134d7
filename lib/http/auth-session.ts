import { QueryError } from '../errors.ts'
import type { Auth } from './auth.ts'

/** How many secrets are remembered: those of requests still under way, after any likely number of refreshes. */
const rememberedSecrets = 20

/** Below this a value such as a tenant's number is no secret, but likely to stand in a message by chance. */
const shortestSecret = 8

/** The headers of one request, and which refresh of the credentials they come from. */
export interface Credentials {
  readonly headers: Record<string, string>
  readonly generation: number
}

/** One Auth shared by every call of a client: calls that meet a 401 together refresh it once. */
export class AuthSession {
  readonly #auth: Auth
  #generation = 0
  #refreshing: Promise<void> | undefined
  #secrets: readonly string[] = []

  constructor(auth: Auth) {
    this.#auth = auth
  }

  get canRefresh(): boolean {
    return this.#auth.refresh !== undefined
  }

  async credentials(): Promise<Credentials> {
    await this.#refreshing
    const generation = this.#generation
    const headers = await this.#auth.headers()
    if (!isHeaders(headers)) {
      throw new QueryError(
        'auth: headers() must return a plain object of strings, as Object.fromEntries makes one',
      )
    }
    this.remember(Object.values(headers).flatMap(secretsIn))
    return { headers, generation }
  }

  /** Refreshes, unless that has happened since these credentials were given out. */
  refresh({ generation }: Credentials): Promise<void> {
    if (generation !== this.#generation) return this.#refreshing ?? Promise.resolve()
    this.#generation += 1
    this.#refreshing = (async () => this.#auth.refresh?.())().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Text of a server's without the credentials it was sent: some error pages show the request's headers. */
  conceal(text: string): string {
    return this.#secrets.reduce((concealed, secret) => concealed.replaceAll(secret, '[concealed]'), text)
  }

  /** What must be shown to nobody: credentials, and cookies that a server gave. */
  remember(values: readonly string[]): void {
    const secrets = values.filter(
      (secret) => secret.length >= shortestSecret && !this.#secrets.includes(secret),
    )
    if (secrets.length) this.#secrets = [...secrets, ...this.#secrets].slice(0, rememberedSecrets)
  }
}

/** Of `Bearer abc` the `abc`; of Basic also what it encodes, as a server may have decoded it. */
function secretsIn(value: string): string[] {
  const [, scheme, secret] = /^(\S+) (.*)$/s.exec(value) ?? [undefined, '', value]
  if (scheme?.toLowerCase() !== 'basic') return [secret ?? '']
  const pair = Buffer.from(secret ?? '', 'base64').toString()
  return [secret ?? '', pair, pair.slice(pair.indexOf(':') + 1)]
}

/** A `Headers` or a `Map` has no keys of its own: its request would go out without credentials. */
function isHeaders(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(Symbol.iterator in value) &&
    Object.values(value).every((one) => typeof one === 'string')
  )
}
