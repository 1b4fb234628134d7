import type { PullProgress } from '../events.ts'
import type { Ledger } from './ledger.ts'

const windowMs = 60_000

interface Mark {
  readonly at: number
  readonly share: number
  readonly rowCount: number
}

/** How far a run is, and when it will be done if it goes on like that. */
export class Progress {
  requestCount = 0
  readonly #ledger: Ledger
  readonly #begunAt = performance.now()
  readonly #shareBefore: number
  /** How much was done by when: once a second, for the last minute. */
  #marks: readonly Mark[]

  constructor(ledger: Ledger) {
    this.#ledger = ledger
    this.#shareBefore = ledger.shareDone
    this.#marks = [{ at: this.#begunAt, share: ledger.shareDone, rowCount: ledger.rowCount }]
  }

  /** Something was done. */
  mark(): void {
    const at = performance.now()
    if (at - this.#marks.at(-1)!.at < 1000) return
    const within = this.#marks.findLastIndex((mark) => mark.at <= at - windowMs)
    this.#marks = [
      ...this.#marks.slice(Math.max(0, within)),
      { at, share: this.#ledger.shareDone, rowCount: this.#ledger.rowCount },
    ]
  }

  now(): PullProgress {
    const { piecesDone, pieceCount, rowCount, byteCount } = this.#ledger
    const elapsedMs = Math.round(performance.now() - this.#begunAt)
    const { requestCount } = this
    return {
      piecesDone,
      pieceCount,
      rowCount,
      byteCount,
      requestCount,
      elapsedMs,
      rowsPerSecond: this.#rowsPerSecond(),
      leftMs: this.#leftMs(),
    }
  }

  #rowsPerSecond(): number {
    const now = performance.now()
    const from = this.#marks.find(({ at }) => at >= now - windowMs) ?? this.#marks.at(-1)!
    // Rows that count no more may be more than those that came.
    const rows = Math.max(0, this.#ledger.rowCount - from.rowCount)
    return Math.round((1000 * rows) / Math.max(1, now - from.at))
  }

  #leftMs(): number | undefined {
    const { shareDone, shareCount } = this.#ledger
    if (shareDone === this.#shareBefore) return undefined
    const now = performance.now()
    const inWindow = this.#marks.find(({ at }) => at >= now - windowMs)
    const isTelling = inWindow && inWindow.share < shareDone
    const from = isTelling ? inWindow : { at: this.#begunAt, share: this.#shareBefore }
    const left = Math.max(0, shareCount - shareDone)
    return Math.round((left * (now - from.at)) / (shareDone - from.share))
  }
}
