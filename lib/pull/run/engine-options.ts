import type { Gate, Places } from '../../http/gate.ts'
import type { PullEvent } from '../events.ts'
import type { Plan } from '../piece.ts'
import type { OpenStore } from '../store.ts'
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
  /** No more cells than so many are asked for at once. Default as many as go well. */
  readonly mostCells?: number
  /** Whether the run fails with a piece that can't be had, in place of setting it aside. Default false. */
  readonly isStrict?: boolean
}
