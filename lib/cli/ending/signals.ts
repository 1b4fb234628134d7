/** The signals that end a run, each with its number. */
const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** What ends a run from outside. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 128 and the number of the signal that came; undefined where none did. */
  readonly status: number | undefined
}

/** How long what is under way has to end, such as a connection that nobody answers. */
const graceMs = 5000

/** The first signal ends what is under way, so that nothing is left behind; the next one ends the process. */
export function interruption(): Interruption {
  const controller = new AbortController()
  let status: number | undefined
  for (const [name, number] of Object.entries(numbers)) {
    process.on(name, () => {
      if (status !== undefined) process.exit(status)
      status = 128 + number
      controller.abort()
      setTimeout(() => process.exit(status), graceMs).unref()
    })
  }
  return {
    signal: controller.signal,
    get status() {
      return status
    },
  }
}
