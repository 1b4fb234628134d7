import { opendir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DatasetError } from '../../errors.ts'
import type { Header } from '../../grid/grid.ts'
import type { RowStream } from '../../rows/row-stream.ts'
import { rowsFrom } from '../../rows/rows-from.ts'
import { FileSink } from '../../sinks/file.ts'
import { absent } from '../../sinks/partial-file.ts'
import { closed } from '../../streams/closed.ts'
import { syncDirectory } from '../journal/sync-directory.ts'
import type { Piece } from '../piece.ts'
import { PieceSet } from '../run/piece-set.ts'
import type { DatasetHead, PieceEvent } from '../store.ts'
import { fileOf, isOnItsWay, pieceOf } from './file-name.ts'
import type { RowKeeper } from './journaled-store.ts'
import { writeManifest } from './manifest.ts'

/** What files are written in. */
export interface FileKind {
  /** Without a dot: `csv`. */
  readonly extension: string
  /** Rows in, the bytes of a file out. */
  readonly stage: () => Promise<Transform>
}

/** A folder with one file for each piece that has rows, and a manifest of them. */
export class PieceFiles implements RowKeeper {
  readonly readsMetaData = false
  readonly #directory: string
  readonly #kind: FileKind

  constructor(directory: string, kind: FileKind) {
    this.#directory = directory
    this.#kind = kind
  }

  /** @throws DatasetError where files lie here that no journal tells of: they would go, or be taken for ours. */
  async beginFirst(): Promise<void> {
    for await (const { name } of await opendir(this.#directory)) {
      if (pieceOf(name, this.#kind.extension) === undefined) continue
      throw new DatasetError(
        `${join(this.#directory, name)} is of another pull, whose journal is not there; name another folder, or empty this one`,
      )
    }
  }

  /**
   * Removes files of pieces that were written and never noted, as a crash between the two leaves them, and half ones.
   *
   * @throws DatasetError where a file is gone, before anything is removed.
   */
  async begin(events: Iterable<PieceEvent>): Promise<void> {
    const done = new PieceSet()
    const missing = new PieceSet()
    for (const event of events) {
      if (event.type === 'done') {
        done.add(event.piece)
        if (event.facts.rowCount > 0) missing.add(event.piece)
        else missing.delete(event.piece)
      }
      const gone = event.type === 'split' ? [event.piece] : []
      if (event.type === 'plan') gone.push(...event.dropped, ...event.stale)
      for (const piece of gone) done.delete(piece)
      // What is written again may have no rows this time, and no file before that is noted.
      if (event.type === 'stale') gone.push(...event.pieces)
      for (const piece of gone) missing.delete(piece)
    }
    const leftOver: string[] = []
    for await (const { name } of await opendir(this.#directory)) {
      const piece = pieceOf(name, this.#kind.extension)
      if (piece !== undefined) missing.delete(piece)
      if (piece === undefined ? isOnItsWay(name) : !done.has(piece)) leftOver.push(name)
    }
    for (const event of events) if (event.type === 'done' && missing.has(event.piece)) throw this.#lost(event)
    for (const name of leftOver) await unlink(join(this.#directory, name)).catch(absent)
  }

  #lost({ piece, facts }: PieceEvent & { type: 'done' }): DatasetError {
    const path = join(this.#directory, fileOf(piece, this.#kind.extension))
    return new DatasetError(
      `${path} is not there, and this dataset had put ${facts.rowCount} rows into piece ${piece}: its files were removed, ` +
        'or are of another kind; name another folder, or empty this one to begin anew',
    )
  }

  async write(piece: Piece, rows: RowStream): Promise<void> {
    const path = join(this.#directory, fileOf(piece.id, this.#kind.extension))
    // Nothing was ever found out about its columns.
    if (rows.headers?.length === 0) {
      rows.resume()
      await unlink(path).catch(absent)
      return
    }
    const sink = new FileSink(path)
    try {
      await pipeline([rows as Readable, await this.#kind.stage(), sink])
    } finally {
      await closed(sink)
    }
    // A glob finds nothing to read in it, and a thousand of them are a thousand files to open.
    if (rows.rowCount === 0) await unlink(path)
    await syncDirectory(dirname(path))
  }

  async finish(head: DatasetHead, events: Iterable<PieceEvent>): Promise<void> {
    await this.#showColumns(events)
    await writeManifest(this.#directory, this.#kind.extension, head, events)
  }

  /** Where nothing has a row there is one file all the same, so that whoever reads the folder finds its columns. */
  async #showColumns(events: Iterable<PieceEvent>): Promise<void> {
    const path = join(this.#directory, `empty.${this.#kind.extension}`)
    await unlink(path).catch(absent)
    let columns: readonly Header[] | undefined
    for (const event of events) {
      if (event.type !== 'done') continue
      if (event.facts.rowCount > 0) return
      columns ??= event.facts.columns
    }
    if (!columns) return
    await pipeline([rowsFrom(columns, []) as Readable, await this.#kind.stage(), new FileSink(path)])
  }
}
