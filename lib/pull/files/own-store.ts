import { QueryError } from '../../errors.ts'
import { ownErrors } from '../../http/own-errors.ts'
import type { RowStream } from '../../rows/row-stream.ts'
import type { Piece } from '../piece.ts'
import { JournaledStore } from './journaled-store.ts'

/** Where rows go, in the user's own words. */
export interface OwnStore {
  /**
   * Takes the rows of a piece, in place of those that it was given of the same piece before: after a crash a piece that was
   * on its way comes again. Resolves when they are there for good. Where the run ends before that, the rows
   * fail with an AbortError.
   */
  write(piece: Piece, rows: RowStream): unknown
}

/** A store of the user's own with a journal in this file. */
export function ownStore(store: OwnStore, journal: string): JournaledStore {
  return new JournaledStore(journal, {
    readsMetaData: true,
    async write(piece, rows) {
      await ownErrors('The write function of the store', () => store.write(piece, rows))
      if (rows.readableEnded) return
      const error = new QueryError(
        `write() was done with piece ${piece.id} before it had read all of its rows; read them to their end`,
      )
      rows.destroy(error)
      throw error
    },
  })
}
