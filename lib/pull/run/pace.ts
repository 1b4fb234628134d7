/** How a run goes about it, in milliseconds. */
export interface Pace {
  /** Requests grow while answers take less than this. Default 20,000. */
  readonly growUnderMs?: number | undefined
  /** What fails sooner than this is asked again as it is; what fails later is taken for too large. Default 5,000. */
  readonly slowMs?: number | undefined
  /** How long all requests wait when the server seems to be away; doubled each time, up to 30 times this. Default 1,000. */
  readonly waitMs?: number | undefined
  /** How long all requests wait, once, where the analytics tables are missing or being swapped. Default 60,000. */
  readonly tablesMs?: number | undefined
}

export type FullPace = { readonly [Name in keyof Pace]-?: number }

export function fullPace(pace: Pace = {}): FullPace {
  const { growUnderMs = 20_000, slowMs = 5000, waitMs = 1000, tablesMs = 60_000 } = pace
  return { growUnderMs, slowMs, waitMs, tablesMs }
}
