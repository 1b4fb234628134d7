import type { Piece, PieceId } from '../piece.ts'
import type { OpenStore } from '../store.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Ledger } from './ledger.ts'
import { shareOf } from './piece-id.ts'
import type { Task } from './queue.ts'
import type { Sizes } from './sizes.ts'
import type { Verdict } from './verdict.ts'

/** How often a piece is asked for as it is before it is cut, where it seems to be its own fault. */
const mostTries = 3

/** How many requests in a row may fail before the run stops: a piece is cut as often until one cell of it is alone. */
const mostInVain = 40

/** How many cells of a data item of which nothing can be had are set aside one by one; then its pieces are, as they are. */
const mostCells = 4

/** No wait is longer than so many times the first. */
const longestWait = 30

/** How much is asked of a server, for one process or for several. */
export interface TroubledGate {
  readonly closedForMs: number
  pause(ms: number): void | Promise<void>
  lower(begunAt: number): void | Promise<void>
}

/** Where pieces that failed go. */
export interface TroubledQueue {
  readonly isEmpty: boolean
  again(task: Task, isAtOnce: boolean): void | Promise<void>
  cut(piece: Piece, isAlongData?: boolean): Promise<readonly PieceId[] | undefined>
}

/** What is known of the pieces of a run. */
export interface TroubledLedger extends Pick<Ledger, 'add' | 'piecesDone'> {
  /** Data items that were asked for, and whether there was a row of it. */
  readonly items: { get(item: string): boolean | undefined }
}

export interface TroubleOptions extends Pick<EngineOptions, 'pace' | 'tell' | 'isStrict'> {
  readonly gate: TroubledGate
  readonly store: Pick<OpenStore, 'note'>
}

/** What is done about pieces that fail: they wait, are asked for again, cut or set aside, or the run stops. */
export class Troubles {
  readonly #options: TroubleOptions
  readonly #ledger: TroubledLedger
  readonly #sizes: Sizes
  readonly #queue: TroubledQueue
  /** How many failed since one went well. */
  #inVain = 0
  /** Until when whoever reads the events knows that it waits. */
  #toldUntil = 0
  #waitedForTablesAt: number | undefined
  /** How many pieces that can't be cut were set aside of data items, of which nothing was had. */
  readonly #cellsAside = new Map<string, number>()

  constructor(options: TroubleOptions, ledger: TroubledLedger, sizes: Sizes, queue: TroubledQueue) {
    this.#options = options
    this.#ledger = ledger
    this.#sizes = sizes
    this.#queue = queue
  }

  wentWell(): void {
    this.#inVain = 0
    this.#waitedForTablesAt = undefined
  }

  /** Another run may have been asked to wait. */
  tellIfClosed(): void {
    const closedForMs = Math.round(this.#options.gate.closedForMs)
    if (closedForMs === 0 || performance.now() + closedForMs <= this.#toldUntil + 1) return
    this.#tellOfWait(closedForMs, 'The server has asked another run of this client to wait')
  }

  /** A piece failed whose request was begun then; so many are under way, with it. @throws what the run has to stop for. */
  async meet(
    task: Task,
    verdict: Exclude<Verdict, { act: 'empty' }>,
    error: Error,
    begunAt: number,
    underway: number,
  ): Promise<void> {
    const { gate, pace } = this.#options
    this.#inVain += 1
    if (verdict.act === 'stop' || this.#inVain > mostInVain) throw error
    switch (verdict.act) {
      case 'wait':
        await this.#wait(verdict.ms ?? this.#growingWait(), error)
        return this.#queue.again(task, true)
      case 'waitForTables': {
        const { tablesMs } = pace
        const waitedAt = this.#waitedForTablesAt
        if (waitedAt === undefined || begunAt < waitedAt) {
          this.#waitedForTablesAt ??= performance.now()
          if (waitedAt === undefined) await this.#wait(tablesMs, error)
          return this.#queue.again(task, true)
        }
        throw error
      }
      case 'again': {
        if (verdict.isOutage) {
          await gate.lower(begunAt)
          await this.#wait(this.#growingWait(), error)
        }
        const tries = task.tries + 1
        if (tries < mostTries) return this.#queue.again({ ...task, tries }, true)
        this.#sizes.lower(task.piece.group, shareOf(task.piece.id), begunAt)
        if (await this.#isCut(task.piece, error)) return
        // A server that is away is no fault of this piece, unless others went well since it failed last.
        if (verdict.isOutage && !this.#isItsOwnFault(task, underway)) {
          return this.#queue.again({ ...task, tries, doneBefore: this.#ledger.piecesDone }, false)
        }
        return this.#setAside(task.piece, error)
      }
      case 'cut':
        if (verdict.isHeavy) await gate.lower(begunAt)
        if (verdict.isSize) this.#sizes.lower(task.piece.group, shareOf(task.piece.id), begunAt)
        if (!verdict.isSize && this.#isGivenUp(task.piece)) {
          // It is not the server that fails.
          this.#inVain = 0
          return this.#setAside(task.piece, error)
        }
        if (await this.#isCut(task.piece, error, !verdict.isSize)) return
        // What is too much in a single cell is more likely the server's state than the cell.
        if (verdict.isSize && task.tries + 1 < mostTries) {
          return this.#queue.again({ ...task, tries: task.tries + 1 }, false)
        }
        if (!verdict.isSize) this.#countCell(task.piece)
        return this.#setAside(task.piece, error)
      case 'setAside':
        return this.#setAside(task.piece, error)
      default:
        verdict satisfies never
    }
  }

  /** Others went well since it failed last, or there are none to tell. */
  #isItsOwnFault({ doneBefore }: Task, underway: number): boolean {
    if (this.#queue.isEmpty && underway === 1) return true
    return doneBefore !== undefined && this.#ledger.piecesDone > doneBefore
  }

  /** Whether it is of one data item alone that is wrong wherever it was asked for. */
  #isGivenUp(piece: Piece): boolean {
    const item = itemOf(piece)
    if (item === undefined || this.#ledger.items.get(item)) return false
    return (this.#cellsAside.get(item) ?? 0) >= mostCells
  }

  #countCell(piece: Piece): void {
    const item = itemOf(piece)
    if (item !== undefined) this.#cellsAside.set(item, (this.#cellsAside.get(item) ?? 0) + 1)
  }

  #growingWait(): number {
    return this.#options.pace.waitMs * Math.min(longestWait, 2 ** (this.#inVain - 1))
  }

  async #wait(ms: number, error: Error): Promise<void> {
    await this.#options.gate.pause(ms)
    this.#tellOfWait(ms, error.message)
  }

  #tellOfWait(ms: number, reason: string): void {
    this.#toldUntil = Math.max(this.#toldUntil, performance.now() + ms)
    this.#options.tell({ type: 'waiting', ms, reason })
  }

  async #isCut(piece: Piece, error: Error, isAlongData = false): Promise<boolean> {
    const into = await this.#queue.cut(piece, isAlongData)
    if (into) this.#options.tell({ type: 'split', piece: piece.id, into, reason: error.message })
    return into !== undefined
  }

  async #setAside(piece: Piece, error: Error): Promise<void> {
    if (this.#options.isStrict) throw error
    const { errorCode, code } = error as { errorCode?: string; code?: string }
    const reason = error.message
    const event = { type: 'setAside', piece: piece.id, reason, code: errorCode ?? code ?? '' } as const
    await this.#options.store.note(event)
    this.#ledger.add(event)
    this.#options.tell({ type: 'setAside', piece: piece.id, reason })
  }
}

/** The data item of a piece that has one alone. */
function itemOf({ covers }: Piece): string | undefined {
  const items = covers?.['dx']
  return items?.length === 1 ? items[0] : undefined
}
