import type { Clock } from './clock.ts'

/** Which state of the country the analytics tables hold at one moment. */
export interface TableState {
  /** What was last updated before this time is in the table of a year, the hierarchy of that time with it. */
  readonly asOf: (year: number) => number
  /** The same of the hierarchy in the tables of events, enrollments and tracked entities. */
  readonly eventsAsOf: number
  /** The years whose table is away at the moment, of aggregate data and of events. */
  readonly isAway?: ((year: number) => boolean) | undefined
  readonly areEventsAway?: ((year: number) => boolean) | undefined
  /** Whether there never were any. */
  readonly isEmpty: boolean
}

/** A job that makes the analytics tables anew, a step at a time. */
export interface Rebuild {
  readonly isRunning: boolean
  /** How many steps are left. */
  readonly stepsLeft: number
  step(): void
  /** Takes all steps that are left. */
  finish(): void
}

export interface RebuildOptions {
  /**
   * What the tables of aggregate data do while they are replaced: `turns`, one year after another is new, or `vanishes`, one
   * year after another is gone until there is nothing, and then all is new. Default `turns`.
   */
  way?: 'turns' | 'vanishes'
  /** How many steps of it each request to the server takes; default 0: only `step()` and `finish()` do. */
  stepsPerRequest?: number
  /** How long it takes by the country's clock, in milliseconds; default 62,000. */
  tookMs?: number
}

/** The analytics tables, and the job that makes them anew. */
export interface Tables {
  readonly state: TableState
  /** `lastAnalyticsTableSuccess`: the start of the last job; undefined where there never was one. */
  readonly pin: number | undefined
  /** How long that job took, in milliseconds. */
  readonly runtimeMs: number
  readonly job: Rebuild | undefined
  /** @throws Error while another one runs. */
  readonly begin: (options: RebuildOptions) => Rebuild
  /** A request has come. */
  readonly onRequest: () => void
  /** The state that a question is answered from: that of the last time, as long as the server remembers. */
  readonly stateFor: (question: string) => TableState
}

/** How many answers are remembered. */
const mostRemembered = 10_000

export function tablesOf(start: number | undefined, years: ReadonlySet<number>, clock: Clock): Tables {
  let [pin, runtimeMs] = [start, 62_000]
  let state = stateAt(start)
  let job: Rebuild | undefined
  let stepsPerRequest = 0
  const remembered = new Map<string, TableState>()

  function begin({
    way = 'turns',
    stepsPerRequest: perRequest = 0,
    tookMs = 62_000,
  }: RebuildOptions): Rebuild {
    if (job) throw new Error('The analytics tables are being made anew already')
    const [from, before] = [clock.now, state]
    stepsPerRequest = perRequest
    const done: number[] = []
    const mixed = () => {
      const [some, isTurned] = [new Set(done), (year: number) => some.has(year)]
      state =
        way === 'vanishes'
          ? { ...before, isAway: isTurned }
          : { ...before, isEmpty: false, asOf: (year) => (isTurned(year) ? from : before.asOf(year)) }
    }
    const eventsAway = (some: ReadonlySet<number>) => () => {
      state = { ...stateAt(from), areEventsAway: (year) => some.has(year) }
    }
    const turns = [...years].toReversed()
    const steps: (() => void)[] = [
      () => undefined,
      ...turns.map((year) => () => {
        done.push(year)
        mixed()
      }),
      ...turns.map((_, at) => eventsAway(new Set(turns.slice(0, at + 1)))),
      () => {
        state = stateAt(from)
      },
      // The pin is written before the answers that the server remembers are forgotten.
      () => {
        pin = from
        runtimeMs = tookMs
      },
      () => {
        remembered.clear()
        job = undefined
      },
    ]
    const msPerStep = tookMs / steps.length
    const begun: Rebuild = {
      get isRunning() {
        return steps.length > 0
      },
      get stepsLeft() {
        return steps.length
      },
      step() {
        if (steps.length) clock.advance(msPerStep)
        steps.shift()?.()
      },
      finish() {
        while (steps.length) begun.step()
      },
    }
    job = begun
    return begun
  }

  return {
    get state() {
      return state
    },
    get pin() {
      return pin
    },
    get runtimeMs() {
      return runtimeMs
    },
    get job() {
      return job
    },
    begin,
    onRequest() {
      for (let step = 0; step < stepsPerRequest; step++) job?.step()
    },
    stateFor(question) {
      const known = remembered.get(question) ?? state
      if (remembered.size < mostRemembered) remembered.set(question, known)
      return known
    },
  }
}

function stateAt(time: number | undefined): TableState {
  return {
    asOf: () => time ?? Number.NEGATIVE_INFINITY,
    eventsAsOf: time ?? Number.NEGATIVE_INFINITY,
    isEmpty: time === undefined,
  }
}
