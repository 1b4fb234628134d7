import type { Destination } from '../../sinks/destination.ts'
import { toNdjson } from '../../transforms/to-ndjson.ts'
import type { PieceStore } from '../store.ts'
import { folderOf } from './folder.ts'

/**
 * A folder of NDJSON files for `pull.run({ into })`, one object a line: as `csvFiles()`, in files `piece-0000012.ndjson`.
 *
 * @throws QueryError for what is no path.
 */
export function ndjsonFiles(directory: Destination): PieceStore {
  return folderOf(directory, 'ndjson', async () => toNdjson())
}
