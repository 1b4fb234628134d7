import type { Auth } from './auth.ts'

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

  constructor(auth: Auth) {
    this.#auth = auth
  }

  get canRefresh(): boolean {
    return this.#auth.refresh !== undefined
  }

  async credentials(): Promise<Credentials> {
    await this.#refreshing
    const generation = this.#generation
    return { headers: await this.#auth.headers(), generation }
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
}
