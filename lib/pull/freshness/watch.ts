import { setTimeout as pause } from 'node:timers/promises'
import { type Judge, judgeOf } from './judge.ts'
import { isSamePin, type Sighting } from './pin.ts'

export interface WatchOptions {
  /** How old the last look may be when a piece begins. Default 30,000. */
  everyMs?: number | undefined
  /** How long is waited between looks while a job runs. Default 10,000. */
  whileRunningMs?: number | undefined
  /** Default 5,000. */
  allowanceMs?: number | undefined
  /** What was seen in earlier runs, oldest first. */
  seen?: readonly Sighting[] | undefined
  /** Keeps what was seen, before any piece follows from it. */
  note: (sightings: readonly Sighting[]) => Promise<void>
  /** Told of each wait, in milliseconds. */
  onWaiting: (ms: number, reason: string) => void
}

/** A look is kept that often, though it tells nothing new: after a crash it tells that nothing was new. */
const keepEveryMs = 300_000

const usualWaitMs = 10_000

/**
 * Watches the analytics of a server while a run goes on: looks now and then, and lets no new piece begin while an analytics
 * job runs. Of what is the same as before only the first look and the last are kept.
 */
export class Watch {
  readonly #look: () => Promise<Sighting>
  readonly #options: WatchOptions
  readonly #signal: AbortSignal
  readonly #kept: Sighting[]
  #notedCount: number
  #last: Sighting | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking: Promise<Sighting> | undefined
  #settling: Promise<void> | undefined

  constructor(looks: () => Promise<Sighting>, options: WatchOptions, signal: AbortSignal) {
    this.#look = looks
    this.#options = options
    this.#signal = signal
    this.#kept = [...(options.seen ?? [])]
    this.#notedCount = this.#kept.length
  }

  /** What was seen so far. */
  get sightings(): readonly Sighting[] {
    return this.#last ? [...this.#kept, this.#last] : this.#kept
  }

  /** Looks now. Calls at once share a look. */
  async look(): Promise<Sighting> {
    this.#looking ??= this.#seen().finally(() => {
      this.#looking = undefined
    })
    return await this.#looking
  }

  /** Fulfilled when a piece may begin: looks where the last look is too old, and waits while a job runs, and until what begins is of the newest tables. */
  async ready(): Promise<void> {
    const { everyMs = 30_000 } = this.#options
    if (performance.now() - this.#lookedAt < everyMs && !this.#last?.isRunning) return
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined
    })
    await this.#settling
  }

  /** Looks until no job runs, and keeps what it saw last. All pieces that have ended can be judged by what it gives. */
  async judged(): Promise<Judge> {
    await this.look()
    await this.#waitWhileRunning()
    await this.#keepLast()
    return judgeOf(this.#kept, this.#options.allowanceMs)
  }

  /** Waits until what begins now is of the newest tables, by the server's own clock. */
  async untilNew(judge: Judge): Promise<void> {
    const { whileRunningMs = usualWaitMs } = this.#options
    for (;;) {
      const since = performance.now() - this.#lookedAt
      const now = Date.parse(this.sightings.at(-1)!.at) + since
      // The clock of a header counts seconds.
      const ms = Math.ceil(judge.newFrom + 1000 - now)
      if (ms <= 0) return
      await this.#wait(Math.min(ms, whileRunningMs), 'The analytics tables were replaced a moment ago')
      await this.look()
    }
  }

  async #settle(): Promise<void> {
    await this.look()
    await this.#waitWhileRunning()
    await this.untilNew(judgeOf(this.sightings, this.#options.allowanceMs))
  }

  async #waitWhileRunning(): Promise<void> {
    while (this.sightings.at(-1)?.isRunning) {
      await this.#wait(this.#options.whileRunningMs ?? usualWaitMs, 'An analytics job runs on the server')
      await this.look()
    }
  }

  async #wait(ms: number, reason: string): Promise<void> {
    this.#options.onWaiting(ms, reason)
    await pause(ms, undefined, { signal: this.#signal })
  }

  async #seen(): Promise<Sighting> {
    const sighting = await this.#look()
    this.#lookedAt = performance.now()
    const before = this.#last ?? this.#kept.at(-1)
    const isSame = before && before.isRunning === sighting.isRunning && isSamePin(before.pin, sighting.pin)
    const isYoung = before && Date.parse(sighting.at) - Date.parse(this.#kept.at(-1)!.at) < keepEveryMs
    if (isSame && isYoung) {
      this.#last = sighting
      return sighting
    }
    if (this.#last && !isSame) this.#kept.push(this.#last)
    this.#last = undefined
    this.#kept.push(sighting)
    await this.#note()
    return sighting
  }

  async #keepLast(): Promise<void> {
    if (this.#last) this.#kept.push(this.#last)
    this.#last = undefined
    await this.#note()
  }

  async #note(): Promise<void> {
    const unnoted = this.#kept.slice(this.#notedCount)
    if (!unnoted.length) return
    this.#notedCount = this.#kept.length
    await this.#options.note(unnoted)
  }
}
