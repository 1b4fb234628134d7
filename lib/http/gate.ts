/** How many requests a run may have under way. */
export interface Places {
  /** How many to begin with. */
  readonly start: number
  /** How many at most. */
  readonly max: number
}

/**
 * How much is asked of a server at once, and when: one for all runs of a client. As many requests as it may be, first
 * come first served, and none while the server asks to be left alone.
 *
 * How many it may be is learnt: one more whenever as many as that went well, half of them where the server is at its end.
 */
export class Gate {
  #limit = 0
  #taken = 0
  #wellSince = 0
  #loweredAt = 0
  #openAt = 0
  readonly #runs = new Set<Places>()
  readonly #waiting: { readonly places: Places; readonly go: () => void }[] = []
  #timer: NodeJS.Timeout | undefined

  /** A run begins. What was learnt goes with the last one: another time is another server. */
  enter(places: Places): void {
    if (this.#runs.size === 0) this.#limit = places.start
    this.#runs.add(places)
  }

  /** It has ended. */
  leave(places: Places): void {
    this.#runs.delete(places)
    this.#limit = Math.min(this.#limit, this.#most)
  }

  /** How long nobody goes through, from now on. */
  get closedForMs(): number {
    return Math.max(0, this.#openAt - performance.now())
  }

  /** Waits for a place. Whoever gets one gives it back. @throws the reason of `signal` where that is aborted before. */
  take(places: Places, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const waiting = {
        places,
        go: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        this.#admit()
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
      this.#admit()
    })
  }

  give(): void {
    this.#taken -= 1
    this.#admit()
  }

  /** A request went well. */
  raise(): void {
    this.#wellSince += 1
    if (this.#wellSince < this.#limit || this.#limit >= this.#most) return
    this.#wellSince = 0
    this.#limit += 1
    this.#admit()
  }

  /** The server is at its end with a request begun then, of `performance.now()`; once for all that were begun before. */
  lower(begunAt: number): void {
    if (begunAt < this.#loweredAt) return
    this.#loweredAt = performance.now()
    this.#wellSince = 0
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
  }

  /** Nobody goes through for so long. */
  pause(ms: number): void {
    this.#openAt = Math.max(this.#openAt, performance.now() + ms)
  }

  get #most(): number {
    return Math.max(1, ...[...this.#runs].map(({ max }) => max))
  }

  #admit(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const [first] = this.#waiting
      if (!first || this.#taken >= Math.min(this.#limit, first.places.max)) return
      const left = this.#openAt - performance.now()
      if (left > 0) {
        this.#timer = setTimeout(() => this.#admit(), left)
        return
      }
      this.#waiting.shift()
      this.#taken += 1
      first.go()
    }
  }
}
