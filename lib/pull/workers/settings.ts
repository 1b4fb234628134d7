import type { RefreshReport } from '../events.ts'
import type { FreshnessOptions } from '../freshness/freshness-options.ts'
import type { Known } from '../refresh/known.ts'
import type { Pace } from '../run/pace.ts'

/** What whoever has begun a run tells its workers. JSON. */
export interface RunSettings {
  readonly pace: Pace | undefined
  /** Undefined where nobody looks. */
  readonly freshness: FreshnessOptions | undefined
  /** Pieces from this run on are judged. */
  readonly sinceRun: number
  /** How often tables had been replaced when it began. */
  readonly replacedBefore: number
  /** What the dataset is true to when all is pulled; undefined where that is what it was before. */
  readonly known: Known | undefined
  readonly refresh: RefreshReport | undefined
}
