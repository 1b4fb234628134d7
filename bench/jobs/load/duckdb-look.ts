import { DuckDBInstance } from '@duckdb/node-api'

/** How many rows there are in a table of a DuckDB file, or in a Parquet file, and a checksum. */
export async function duckDbLook(database: string, from: string): Promise<string> {
  const instance = await DuckDBInstance.create(database)
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(
      `SELECT count(*) || ' rows, checksum ' || sum(hash(dx, pe, ou, value)::HUGEINT) FROM ${from}`,
    )
    return String(reader.getRows()[0]![0])
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
