/** Which state of the country the analytics tables hold at one moment. */
export interface TableState {
  /** What was last updated before this time is in the table of a year. */
  readonly asOf: (year: number) => number
  /** Whether the tables of aggregate data hold nothing. */
  readonly isEmpty: boolean
}

/** The analytics tables, and the jobs that make them anew. */
export interface Tables {
  readonly state: TableState
  /** `lastAnalyticsTableSuccess`: the start of the last job; undefined where there never was one. */
  readonly pin: number | undefined
  /** How long that job took, in milliseconds. */
  readonly runtimeMs: number
  /** Makes them anew, all at once. */
  readonly rebuild: (start: number, runtimeMs: number) => void
}

export function tablesOf(start: number | undefined): Tables {
  let [pin, runtimeMs] = [start, 62_000]
  let state: TableState = stateAt(start)
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
    rebuild(at, took) {
      pin = at
      runtimeMs = took
      state = stateAt(at)
    },
  }
}

function stateAt(time: number | undefined): TableState {
  return { asOf: () => time ?? 0, isEmpty: time === undefined }
}
