import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RowStream } from '../../rows/row-stream.ts'
import { rowsFrom } from '../../rows/rows-from.ts'
import { destinationError } from '../../sinks/destination.ts'
import { checkFormat, Journal } from '../journal/journal.ts'
import { holderOf, Lock } from '../journal/lock.ts'
import { seenHolder } from '../journal/this-process.ts'
import type { Piece } from '../piece.ts'
import type { DatasetHead, OpenStore, PieceEvent, PieceFacts, PieceStore, SeenDataset } from '../store.ts'

/** Where the rows of pieces go that a journal tells of. */
export interface RowKeeper {
  /** Whether it looks at the metaData of the rows. */
  readonly readsMetaData: boolean
  /** Called before there is a journal. */
  beginFirst?(): Promise<void>
  /** What is there may be of pieces that do not count, after a crash. Called before anything is written. */
  begin?(events: Iterable<PieceEvent>): Promise<void>
  /** Takes the rows of a piece, in place of those of the same piece that are there; they last when it resolves. */
  write(piece: Piece, rows: RowStream): Promise<void>
  /** All pieces are done or set aside. */
  finish?(head: DatasetHead, events: Iterable<PieceEvent>): Promise<void>
}

/** A store that has a journal in a file, and beside it the lock `<journal>.lock`. */
export class JournaledStore implements PieceStore {
  readonly #path: string
  readonly #keeper: RowKeeper

  constructor(path: string, keeper: RowKeeper) {
    this.#path = path
    this.#keeper = keeper
  }

  async open(head: DatasetHead): Promise<OpenStore> {
    const path = this.#path
    try {
      checkFormat(path)
      await mkdir(dirname(path), { recursive: true })
      const lock = await Lock.take(`${path}.lock`)
      try {
        if (!existsSync(path)) await this.#keeper.beginFirst?.()
        const journal = await Journal.open(path, head)
        await this.#keeper.begin?.(journal.events)
        return new OpenJournaled(journal, lock, this.#keeper)
      } catch (error) {
        await lock.release()
        throw error
      }
    } catch (error) {
      throw destinationError(error, path)
    }
  }

  async look(): Promise<SeenDataset | undefined> {
    const path = this.#path
    try {
      const holder = await holderOf(`${path}.lock`)
      const seen = Journal.look(path)
      return seen && { ...seen, heldBy: holder && seenHolder(holder, holder.since) }
    } catch (error) {
      throw destinationError(error, path)
    }
  }
}

class OpenJournaled implements OpenStore {
  readonly head: DatasetHead
  readonly run: number
  readonly readsMetaData: boolean
  readonly events: Iterable<PieceEvent>
  readonly #journal: Journal
  readonly #lock: Lock
  readonly #keeper: RowKeeper

  constructor(journal: Journal, lock: Lock, keeper: RowKeeper) {
    this.head = journal.head
    this.run = journal.run
    this.readsMetaData = keeper.readsMetaData
    this.events = journal.events
    this.#journal = journal
    this.#lock = lock
    this.#keeper = keeper
  }

  async write(piece: Piece, rows: RowStream, factsOf: () => PieceFacts): Promise<PieceFacts> {
    await this.#keeper.write(piece, rows)
    const facts = factsOf()
    await this.#journal.append({ type: 'done', piece: piece.id, facts })
    return facts
  }

  note(event: Exclude<PieceEvent, { type: 'done' }>): Promise<void> {
    return this.#journal.append(event)
  }

  async drop(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) await this.#keeper.write(piece, rowsFrom([], []))
  }

  async finish(): Promise<void> {
    await this.#keeper.finish?.(this.head, this.#journal.eventsByNow)
  }

  async close(): Promise<void> {
    await this.#journal.close()
    await this.#lock.release()
  }
}
