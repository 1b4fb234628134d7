const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
type Signal = (typeof signals)[number]

/** Tells our listeners from those of others, also where the package is there twice. */
const mark = Symbol.for('dhis2-analytics-stream.ending')

/**
 * Cleans up where the process ends before its work does: as it exits, and at a signal that nobody else listens to, which
 * then ends it as it would have. Where somebody does, it is theirs to say whether the process ends. A worker thread hears
 * of its own exit only.
 */
export class Ending {
  readonly #cleanUp: () => void
  #watching = false
  readonly #listeners = new Map(signals.map((signal) => [signal, this.#listenerFor(signal)]))

  /** `cleanUp` has to be done when it returns. */
  constructor(cleanUp: () => void) {
    this.#cleanUp = cleanUp
  }

  watch(): void {
    this.#watching = true
    process.on('exit', this.#cleanUp)
    for (const signal of signals) this.#listen(signal)
  }

  unwatch(): void {
    this.#watching = false
    process.off('exit', this.#cleanUp)
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }

  #listen(signal: Signal): void {
    // The first, as the `once` of somebody else is no longer seen after it was called.
    process.prependListener(signal, this.#listeners.get(signal)!)
  }

  #listenerFor(signal: Signal): NodeJS.SignalsListener {
    const listener = () => {
      process.off(signal, listener)
      if (!process.listeners(signal).every((each) => mark in each)) return this.#standAside(signal)
      this.#cleanUp()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    }
    return Object.assign(listener, { [mark]: true })
  }

  /**
   * Lets the others decide as if we were not there: there are those who end the process only where nobody else listens.
   * To do so they take themselves off and send the signal again, which must find us back.
   */
  #standAside(signal: Signal): void {
    const listener = this.#listeners.get(signal)!
    const comeBack = () => {
      process.off('removeListener', removed)
      // Not off and on again, which would lose a signal that is on its way.
      if (this.#watching && !process.listeners(signal).includes(listener)) this.#listen(signal)
    }
    const removed = (name: string | symbol) => {
      if (name === signal && process.listenerCount(signal) === 0) comeBack()
    }
    process.on('removeListener', removed)
    process.nextTick(comeBack)
  }
}
