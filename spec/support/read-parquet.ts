import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet'

export interface ReadParquet {
  metadata: FileMetaData
  rows: unknown[][]
}

/** What another reader makes of a Parquet file: days and times as milliseconds. */
export async function readParquet(bytes: Buffer): Promise<ReadParquet> {
  const file = new Uint8Array(bytes).buffer
  const metadata = parquetMetadata(file)
  const names = metadata.schema.slice(1).map(({ name }) => name)
  const objects = await parquetReadObjects({
    file,
    metadata,
    compressors: {
      GZIP: (input) => gunzipSync(input),
      BROTLI: (input) => brotliDecompressSync(input),
    },
  })
  const rows = objects.map((object) =>
    names.map((name) => {
      const cell: unknown = object[name]
      return cell instanceof Date ? cell.getTime() : cell
    }),
  )
  return { metadata, rows }
}

/** What the footer says beside the columns. */
export function keyValues({ key_value_metadata = [] }: FileMetaData): Record<string, string | undefined> {
  return Object.fromEntries(key_value_metadata.map(({ key, value }) => [key, value]))
}

/** The rows that DuckDB answers with, as JSON has them. */
export async function askDuckDb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.disconnectSync()
    instance.closeSync()
  }
}
