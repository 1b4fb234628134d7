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
  | { readonly type: 'waiting'; readonly ms: number; readonly reason: string }
  | { readonly type: 'setAside'; readonly piece: PieceId; readonly reason: string }
  | { readonly type: 'finished'; readonly report: PullReport }
