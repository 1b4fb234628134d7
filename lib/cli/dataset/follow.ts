import type { PullEvent } from '../../index.ts'
import { tellTimed } from '../ending/verbose.ts'
import type { CommonOptions } from '../options/command.ts'
import { rowsText, timeText } from '../terminal/figures.ts'
import { progressOf } from '../terminal/progress.ts'
import { type PullCounts, pullText } from '../terminal/pull-text.ts'

/** Shows the events of a run as they come: on a terminal as progress, under `--verbose` a line each. */
export async function follow(
  events: AsyncIterable<PullEvent>,
  { quiet, verbose }: CommonOptions,
  heard: (event: PullEvent) => Promise<void> | void,
): Promise<void> {
  const counts = new Counts()
  const progress = progressOf(quiet || verbose)
  progress.tells((seconds) => pullText(counts.now(), seconds))
  try {
    for await (const event of events) {
      counts.take(event)
      if (verbose) tellTimed(textOf(event))
      await heard(event)
    }
  } finally {
    progress.stop()
  }
}

class Counts {
  #rows = 0
  #counts: PullCounts | undefined
  #waiting: { readonly until: number; readonly reason: string } | undefined
  #left: { readonly until: number } | undefined

  take(event: PullEvent): void {
    switch (event.type) {
      case 'begun':
        this.#counts = { piecesDone: 0, pieceCount: event.piecesLeft, rows: 0, rowsPerSecond: 0 }
        break
      case 'piece': {
        const { piecesDone, pieceCount, leftMs, rowsPerSecond } = event.progress
        this.#rows += event.rowCount
        this.#counts = { piecesDone, pieceCount, rows: this.#rows, rowsPerSecond }
        this.#left = leftMs === undefined ? undefined : { until: performance.now() + leftMs }
        break
      }
      // What was asked before may be answered meanwhile.
      case 'waiting':
        this.#waiting = { until: performance.now() + event.ms, reason: event.reason }
        break
      case 'finished':
      case 'split':
      case 'setAside':
      case 'refreshing':
        break
      default:
        event satisfies never
    }
  }

  /** Undefined before it was begun. */
  now(): PullCounts | undefined {
    const secondsTo = ({ until }: { readonly until: number }) =>
      Math.max(0, (until - performance.now()) / 1000)
    const waiting = this.#waiting && { seconds: secondsTo(this.#waiting), reason: this.#waiting.reason }
    const isWaiting = waiting !== undefined && waiting.seconds > 0
    const counts =
      this.#counts ?? (isWaiting ? { piecesDone: 0, pieceCount: 0, rows: 0, rowsPerSecond: 0 } : undefined)
    if (!counts) return undefined
    return {
      ...counts,
      waiting: isWaiting ? waiting : undefined,
      leftSeconds: this.#left && secondsTo(this.#left),
    }
  }
}

function textOf(event: PullEvent): string {
  switch (event.type) {
    case 'begun':
      return `run ${event.run} begins, ${event.piecesLeft} pieces to pull`
    case 'piece': {
      const { piecesDone, pieceCount, leftMs } = event.progress
      const left = leftMs === undefined ? '' : `, ${timeText(leftMs / 1000)} left`
      return `piece ${event.piece}: ${rowsText(event.rowCount)}; ${piecesDone} of ${pieceCount} pieces${left}`
    }
    case 'split':
      return `piece ${event.piece} is cut into ${event.into.join(' and ')}: ${event.reason}`
    case 'refreshing':
      return `pulling again ${event.refresh.pieceCount} pieces, ${event.refresh.addedCount} are new`
    case 'waiting':
      return `waiting ${timeText(event.ms / 1000)}: ${event.reason}`
    case 'setAside':
      return `piece ${event.piece} is set aside: ${event.reason}`
    case 'finished':
      return `finished: ${event.report.piecesDone} of ${event.report.pieceCount} pieces, ${rowsText(event.report.rowCount)}`
    default:
      return event satisfies never
  }
}
