import { opendir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Header } from '../../grid/grid.ts'
import type { RowStream } from '../../rows/row-stream.ts'
import { rowsFrom } from '../../rows/rows-from.ts'
import { FileSink } from '../../sinks/file.ts'
import { absent } from '../../sinks/partial-file.ts'
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

  /** Removes files of pieces that were written and never noted, as a crash between the two leaves them, and half ones. */
  async begin(events: Iterable<PieceEvent>): Promise<void> {
    const done = new PieceSet()
    for (const event of events) {
      if (event.type === 'done') done.add(event.piece)
      if (event.type === 'split') done.delete(event.piece)
      if (event.type === 'plan') for (const piece of [...event.dropped, ...event.stale]) done.delete(piece)
    }
    for await (const { name } of await opendir(this.#directory)) {
      const piece = pieceOf(name, this.#kind.extension)
      const isLeftOver = piece === undefined ? isOnItsWay(name) : !done.has(piece)
      if (isLeftOver) await unlink(join(this.#directory, name)).catch(absent)
    }
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

/** A pipeline that fails does not wait for its sink to remove what it made. */
function closed(sink: FileSink): Promise<void> {
  return new Promise((resolve) => {
    if (sink.closed) resolve()
    else sink.once('close', resolve)
  })
}
