import type { PullEvent } from '../events.ts'

/** How many events wait for a reader. */
const mostWaiting = 1000

/**
 * Events on their way to whoever reads them. A slow reader holds nothing up: of what it has not read yet the oldest is
 * dropped, but for the first and the last of a run.
 */
export class EventQueue {
  #waiting: PullEvent[] = []
  #hasEnded = false
  #wake: (() => void) | undefined

  push(event: PullEvent): void {
    this.#waiting.push(event)
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.splice(this.#waiting[0]!.type === 'begun' ? 1 : 0, 1)
    }
    this.#wake?.()
  }

  end(): void {
    this.#hasEnded = true
    this.#wake?.()
  }

  /** Undefined behind the last. */
  async next(): Promise<PullEvent | undefined> {
    while (this.#waiting.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift()
  }
}
