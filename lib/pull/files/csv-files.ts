import type { Destination } from '../../sinks/destination.ts'
import { type ToCsvOptions, toCsv } from '../../transforms/to-csv.ts'
import type { PieceStore } from '../store.ts'
import { folderOf } from './folder.ts'

/**
 * A folder of CSV files for `pull.run({ into })`: `piece-0000012.csv`, one for each piece that has rows, each with a header
 * line; of nothing at all `empty.csv`. A file is there whole or not at all. `_manifest.json` tells what was asked, when,
 * and how many rows each file has; `_pull.journal` what is done, so that another run goes on.
 *
 * @throws QueryError for what is no path, or options that `toCsv` does not take.
 */
export function csvFiles(
  directory: Destination,
  options: Omit<ToCsvOptions, 'signal' | 'highWaterMark'> = {},
): PieceStore {
  toCsv(options)
  return folderOf(directory, 'csv', async () => toCsv(options))
}
