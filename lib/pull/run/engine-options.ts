import type { Gate, Places } from '../../http/gate.ts'
import type { PullEvent } from '../events.ts'
import type { Plan } from '../piece.ts'
import type { OpenStore, PieceEvent } from '../store.ts'
import type { AskPiece } from './ask.ts'
import type { FullPace } from './pace.ts'

/** What a run is made of. */
export interface EngineOptions {
  readonly plan: Plan
  readonly store: OpenStore
  readonly ask: AskPiece
  readonly gate: Gate
  readonly places: Places
  readonly pace: FullPace
  readonly tell: (event: PullEvent) => void
  /** No more rows than so many are asked for at once, as far as can be told. Default as many as go well. */
  readonly mostRows?: number
  /** Whether the run fails with a piece that can't be had, in place of setting it aside. Default false. */
  readonly isStrict?: boolean
  /** How many pieces the first plan of the dataset had. Default as many as the plan has. */
  readonly firstCount?: number
  /** Waited for before each piece is asked for. */
  readonly ready?: () => Promise<void>
  /** Told that all is done; the pieces that it gives, which it has noted to be stale, are asked for again. */
  readonly settle?: () => Promise<readonly (PieceEvent & { type: 'stale' })[]>
}
