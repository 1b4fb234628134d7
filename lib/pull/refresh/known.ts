import type { Pin } from '../freshness/pin.ts'
import type { PieceId } from '../piece.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { ProbeAxes } from './probes.ts'

/** What a dataset is known to be true to: kept when a run or a refresh has got all that it could. */
export interface Known {
  /** The last run that it tells of. */
  readonly run: number
  /** The pin before anything of it was asked for. What has not changed since is as it was then. */
  readonly pin: Pin
  /** Pieces that were answered while tables were replaced. */
  readonly suspect?: readonly PieceId[] | undefined
  /** Whether the server said in the end that no job ran, so that there are no others. */
  readonly isProven?: boolean | undefined
  /** When that was, by the server's clock: ISO, UTC. */
  readonly at: string
  /** When all of it was last pulled. */
  readonly fullAt: string
  /** When coarse questions were last asked of all of it. */
  readonly probedAt?: string | undefined
  /** Where it differs from the one before. */
  readonly fingerprint?: Fingerprint | undefined
  /** Data items and org units whose metadata has changed, and which tables built later will show; undefined stands for all. */
  readonly unsettled?: readonly Unsettled[] | undefined
  /** What the coarse questions were about. */
  readonly probedAxes?: ProbeAxes | undefined
  /** Their answers by cell, those that are other than before: null for none any more. */
  readonly probes?: Readonly<Record<string, string | null>> | undefined
}

export interface Unsettled {
  readonly text: string
  readonly dx?: readonly string[] | undefined
  readonly ou?: readonly string[] | undefined
  /** When it was first seen. */
  readonly seenAt: string
}
