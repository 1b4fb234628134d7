import type { Dispatcher } from 'undici'
import type { AnyDispatcher } from './any-dispatcher.ts'

/** How long all bodies may stand still, while somebody waits, before they no longer count. */
const patienceMs = 500

/** How long one may, while others move: a reader that is merely slow comes back before. */
const longPatienceMs = 3000

/** Gives a dispatcher of at most so many connections, or of as many as it likes. */
export type MakeDispatcher = (connections: number | null) => Dispatcher

/** A request's turn on a connection. */
export interface Turn {
  readonly dispatcher: AnyDispatcher
  /** Its reader wants no more for now. */
  rest(): void
  /** Its reader wants more. */
  goOn(): void
  /** It is over. */
  leave(): void
}

/** The turns of a dispatcher that has its own ideas of how many connections there are. */
export function withoutTurns(dispatcher: AnyDispatcher): Pick<Turns, 'take'> {
  const turn: Turn = { dispatcher, rest() {}, goOn() {}, leave() {} }
  return {
    async take(signal) {
      signal.throwIfAborted()
      return turn
    },
  }
}

/**
 * Who has one of the client's connections, and who waits for one.
 *
 * A body that nobody reads keeps its connection, and its reader may be waiting for another call: where all have one
 * and each waits, nothing would ever move. So bodies that all stand still while somebody waits give their turns away
 * after half a second, and from then on whenever they rest; they keep their connections, and the others are made beside
 * them. So does one that stands still for some seconds beside others that move: what moves may be a body that never
 * ends. Those that move are never more than `most`, but for readers that come back.
 */
export class Turns {
  readonly #load: () => Promise<MakeDispatcher>
  #make: MakeDispatcher | undefined
  #usual: Dispatcher | undefined
  #beside: Dispatcher | undefined
  readonly #most: number
  /** Those that count, and whether each rests. */
  readonly #counted = new Map<Turn, boolean>()
  /** Those that have once been waited for in vain: whose readers are likely to wait for others again. */
  readonly #stoodStill = new WeakSet<Turn>()
  #usualInUse = 0
  readonly #waiting = new Set<(turn: Turn) => void>()
  #timer: NodeJS.Timeout | undefined
  #longTimer: NodeJS.Timeout | undefined
  /** Those that moved while that ran. */
  readonly #moved = new Set<Turn>()

  /** `load` is called when the first turn is taken. */
  constructor(most: number, load: () => Promise<MakeDispatcher>) {
    this.#most = most
    this.#load = load
  }

  /** @throws what `signal` gives as its reason. */
  async take(signal: AbortSignal): Promise<Turn> {
    if (!this.#make) this.#make = await this.#load()
    signal.throwIfAborted()
    if (this.#counted.size < this.#most) return this.#give()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(taken)
        this.#watch()
        reject(signal.reason as Error)
      }
      const taken = (turn: Turn) => {
        signal.removeEventListener('abort', onAbort)
        resolve(turn)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(taken)
      this.#watch()
    })
  }

  async destroy(): Promise<void> {
    clearTimeout(this.#timer)
    clearTimeout(this.#longTimer)
    await Promise.all([this.#usual?.destroy(), this.#beside?.destroy()])
  }

  #give(): Turn {
    const isUsual = this.#usualInUse < this.#most
    if (isUsual) {
      this.#usual ??= this.#make!(this.#most)
      this.#usualInUse += 1
    } else this.#beside ??= this.#make!(null)
    const turn: Turn = {
      dispatcher: isUsual ? this.#usual! : this.#beside!,
      rest: () => {
        if (!this.#counted.has(turn)) return
        if (this.#stoodStill.has(turn)) {
          this.#counted.delete(turn)
          this.#serve()
        } else {
          this.#counted.set(turn, true)
          this.#watch()
        }
      },
      goOn: () => {
        this.#counted.set(turn, false)
        if (this.#longTimer) this.#moved.add(turn)
        this.#watch()
      },
      leave: () => {
        this.#counted.delete(turn)
        if (isUsual) this.#usualInUse -= 1
        this.#serve()
      },
    }
    this.#counted.set(turn, false)
    return turn
  }

  #serve(): void {
    for (const taken of this.#waiting) {
      if (this.#counted.size >= this.#most) break
      this.#waiting.delete(taken)
      taken(this.#give())
    }
    this.#watch()
  }

  #watch(): void {
    const isWaitedFor = this.#waiting.size > 0
    const standsStill = isWaitedFor && [...this.#counted.values()].every((rests) => rests)
    if (!standsStill) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    } else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#passOver([...this.#counted.keys()])
      }, patienceMs)
    if (!isWaitedFor) {
      clearTimeout(this.#longTimer)
      this.#longTimer = undefined
      this.#moved.clear()
    } else
      this.#longTimer ??= setTimeout(() => {
        this.#longTimer = undefined
        const resting = [...this.#counted].filter(([turn, rests]) => rests && !this.#moved.has(turn))
        this.#moved.clear()
        this.#passOver(resting.map(([turn]) => turn))
      }, longPatienceMs)
  }

  #passOver(turns: readonly Turn[]): void {
    for (const turn of turns) {
      this.#stoodStill.add(turn)
      this.#counted.delete(turn)
    }
    this.#serve()
  }
}
