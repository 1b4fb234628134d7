/** The country's own clock: it stands still until it is moved, or goes on as time does. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  readonly now: number
  readonly advance: (ms: number) => void
}

export function clockOf(start: number, runs: boolean): Clock {
  const began = Date.now()
  let moved = 0
  return {
    get now() {
      return start + moved + (runs ? Date.now() - began : 0)
    },
    advance(ms) {
      moved += ms
    },
  }
}

/** As servers write times, in their own zone, which is UTC here: `2026-01-15T08:30:00.000`. */
export function textOfTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, -1)
}
