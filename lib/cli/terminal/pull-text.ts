import { rowsText, timeText } from './figures.ts'
import { barOf } from './progress.ts'

/** How far a pull is, as far as anything was heard of it. */
export interface PullCounts {
  readonly piecesDone: number
  readonly pieceCount: number
  /** Rows since it was begun. */
  readonly rows: number
  readonly rowsPerSecond: number
  /** For how long it will go on, when that was said. */
  readonly leftSeconds?: number | undefined
  /** Seconds until something is asked again, and why. */
  readonly waiting?: { readonly seconds: number; readonly reason: string } | undefined
}

/** One line of a pull that goes on for so many seconds. */
export function pullText(counts: PullCounts | undefined, seconds: number): string {
  if (!counts) return `asking what there is to pull, ${timeText(seconds)}`
  const { piecesDone, pieceCount, rows, rowsPerSecond, leftSeconds, waiting } = counts
  const pieces = `${piecesDone.toLocaleString('en')} of ${pieceCount.toLocaleString('en')} pieces`
  if (waiting) return `waiting ${timeText(waiting.seconds)}, ${pieces}: ${waiting.reason}`
  if (rows === 0) return `waiting for the server, ${pieces}, ${timeText(seconds)}`
  const figures = [
    `${barOf(pieceCount === 0 ? 0 : piecesDone / pieceCount)}, ${pieces}`,
    rowsText(rows),
    `${rowsPerSecond.toLocaleString('en')} rows/s`,
    timeText(seconds),
    ...(leftSeconds === undefined ? [] : [`${timeText(leftSeconds)} left`]),
  ]
  return figures.join(', ')
}
