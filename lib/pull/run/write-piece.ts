import type { RowStream } from '../../rows/row-stream.ts'
import type { Piece } from '../piece.ts'
import type { OpenStore, PieceFacts } from '../store.ts'
import { abortError } from './abort-error.ts'

/**
 * Has a store take the rows of a piece, until `signal` aborts.
 *
 * The rows fail then: where all of them have come and are not read yet, a pipeline that they leave without an error waits
 * for their end for ever.
 */
export async function writePiece(
  store: Pick<OpenStore, 'write'>,
  piece: Piece,
  rows: RowStream,
  facts: () => PieceFacts,
  signal: AbortSignal,
): Promise<PieceFacts> {
  const stop = () => rows.destroy(abortError(signal))
  signal.addEventListener('abort', stop)
  // Whoever takes the rows hears of it: they need not listen, as where they have failed themselves.
  rows.on('error', () => undefined)
  try {
    return await store.write(piece, rows, facts)
  } finally {
    signal.removeEventListener('abort', stop)
    rows.destroy()
  }
}
