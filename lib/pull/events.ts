import type { PieceId } from './piece.ts'

/** What a run has reached so far. */
export interface PullProgress {
  /** Pieces done, and how many there are, as far as they have been cut and joined by now. */
  readonly piecesDone: number
  readonly pieceCount: number
  readonly rowCount: number
  readonly byteCount: number
  /** Requests for data, those that failed too. */
  readonly requestCount: number
  readonly elapsedMs: number
  /** Rows that came in a second, by those of the last minute. */
  readonly rowsPerSecond: number
  /** What is left, by what was done in the last minute; undefined before there is anything to go by. */
  readonly leftMs: number | undefined
}

/** What came of a run. */
export interface PullReport extends PullProgress {
  /** Whether all of it was got: nothing set aside. */
  readonly isComplete: boolean
  /** What was not got, and why. */
  readonly setAside: readonly { readonly piece: PieceId; readonly covers: unknown; readonly reason: string }[]
  /** Data items that were asked for and have no row in the whole run. */
  readonly withoutRows: readonly string[]
  /** From which making of the analytics tables it is; undefined where nobody looked. */
  readonly freshness?: FreshnessReport | undefined
  /** What a refresh pulled again, and why. */
  readonly refresh?: RefreshReport | undefined
}

/** Of which making of the analytics tables a run is. */
export interface FreshnessReport {
  /** When the job began that made the newest tables, by the server's clock: ISO, UTC. */
  readonly tablesOf: string
  /** Whether all that was pulled is of those. */
  readonly isOneSnapshot: boolean
  /** Whether the server said that no job ran at the end. Else a job may have replaced some tables and not have said so. */
  readonly isProven: boolean
  /** How often tables were replaced meanwhile. */
  readonly replacedCount: number
  /** Pieces that are of older tables, and those that were answered while tables were replaced. */
  readonly old: readonly PieceId[]
  readonly suspect: readonly PieceId[]
}

/** What a refresh pulled again, and why. */
export interface RefreshReport {
  /** How many pieces were pulled again, and how many for each reason. */
  readonly pieceCount: number
  readonly why: Readonly<Record<string, number>>
  /** Whether that was all of it. */
  readonly isFull: boolean
  /** Data values that have changed since the last time. */
  readonly changedValueCount: number
  /** What differs in the metadata, a line each. */
  readonly differences: readonly string[]
  /** Pieces that are asked for no more, and new ones, as the question means something else now. */
  readonly droppedCount: number
  readonly addedCount: number
  /** Data items of which a change may go unseen until the next full pull, and why. */
  readonly holes: Readonly<Record<string, string>>
  /** Why coarse questions that were due were not answered; the next refresh asks them. */
  readonly probeFailure?: string
}

/** What `pull.run()` tells as it goes. */
export type PullEvent =
  | { readonly type: 'begun'; readonly run: number; readonly piecesLeft: number }
  | {
      readonly type: 'piece'
      readonly piece: PieceId
      readonly rowCount: number
      readonly progress: PullProgress
    }
  | {
      readonly type: 'split'
      readonly piece: PieceId
      readonly into: readonly PieceId[]
      readonly reason: string
    }
  /** What a refresh is about to pull, before it does. */
  | { readonly type: 'refreshing'; readonly refresh: RefreshReport }
  | { readonly type: 'waiting'; readonly ms: number; readonly reason: string }
  | { readonly type: 'setAside'; readonly piece: PieceId; readonly reason: string }
  | { readonly type: 'finished'; readonly report: PullReport }
