import { CookieJar } from './cookie-jar.ts'

/**
 * What one set of credentials made the server remember of us: its cookies, sent with these credentials and with no
 * others.
 *
 * Until an answer says what the cookies are, each request logs in, and a server hashes for each: so only as many go as
 * there are connections, and the rest wait for the first answer, as they would for a connection.
 */
export class Session {
  readonly jar = new CookieJar()
  readonly #width: number
  #underWay = 0
  #begun = false
  #accepted = false
  #waiting: (() => void)[] = []

  constructor(width: number) {
    this.#width = width
  }

  /** Whether these cookies have ever been good: then they may have become too old, and what was refused be let in. */
  get wasAccepted(): boolean {
    return this.#accepted
  }

  /** Takes a place for a request, which `answered` or `leave` gives back; false where all are taken. */
  enter(): boolean {
    if (!this.#begun && this.#underWay >= this.#width) return false
    this.#underWay += 1
    return true
  }

  /** Resolves when a place may be free. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** An answer of this status came, with cookies or without. */
  answered(status: number, withCookies: boolean): void {
    if (status === 200) this.#accepted = true
    if (status === 200 || withCookies) this.#begun = true
    this.leave()
  }

  /** A request came to nothing. */
  leave(): void {
    this.#underWay -= 1
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
