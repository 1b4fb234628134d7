/** load, Parquet: from a file to a Parquet file, compressed with snappy by all. */
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Contestant, contest, type GridFile } from '../contest.ts'
import { readCsv, readJson } from './duckdb-sources.ts'

await contest({
  async ours({ destination }) {
    const { parseRows } = await import('dhis2-analytics-stream')
    const { toParquet } = await import('dhis2-analytics-stream/parquet')
    return async ({ path }) => {
      const parquet = toParquet()
      const file = createWriteStream(destination)
      await pipeline(createReadStream(path), parseRows(), parquet, file)
      return { rows: parquet.rowCount, writtenBytes: file.bytesWritten }
    }
  },

  'DuckDB, COPY of a ready CSV': copyOf(readCsv),
  'DuckDB, COPY of read_json': copyOf(readJson),
})

function copyOf(sourceOf: (grid: GridFile) => string): Contestant {
  return async ({ destination }) => {
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    return async (grid) => {
      await connection.run(`COPY (${sourceOf(grid)}) TO '${destination}' (FORMAT parquet)`)
      return {}
    }
  }
}
