import type { Destination } from '../../sinks/destination.ts'
import type { ToParquetOptions } from '../../transforms/to-parquet.ts'
import type { PieceStore } from '../store.ts'
import { folderOf } from './folder.ts'

/**
 * A folder of Parquet files for `pull.run({ into })`: as `csvFiles()`, in files `piece-0000012.parquet`. All of them have
 * one schema, so that `SELECT * FROM 'out/anc/*.parquet'` reads them in DuckDB, and pandas and polars the folder.
 *
 * @throws QueryError for what is no path; for options that `toParquet` does not take the run fails, before anything is
 * sent.
 */
export function parquetFiles(
  directory: Destination,
  options: Omit<ToParquetOptions, 'signal' | 'highWaterMark'> = {},
): PieceStore {
  return folderOf(directory, 'parquet', async () => {
    const { toParquet } = await import('../../transforms/to-parquet.ts')
    return toParquet(options)
  })
}
