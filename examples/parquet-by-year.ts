/**
 * A folder of Parquet files, one a year, and a question to all of them: pandas, polars, Spark and BigQuery read such a
 * folder as one table, as DuckDB does here.
 *
 *     npx tsx examples/parquet-by-year.ts
 */
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { Dhis2Client, toFile } from 'dhis2-analytics-stream'
import { toParquet } from 'dhis2-analytics-stream/parquet'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

for (const year of [2022, 2023, 2024]) {
  const rows = client.analytics.rows({
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: Array.from({ length: 12 }, (_, month) => `${year}${String(month + 1).padStart(2, '0')}`),
    ou: ['USER_ORGUNIT', 'LEVEL-3'],
  })
  const parquet = toParquet()
  // Each is there whole or not at all, and all have one schema, also those of years without data.
  await pipeline(rows, parquet, toFile(`out/anc/${year}.parquet`))
  console.log(`${year}: ${parquet.rowCount} rows, ${parquet.byteCount} bytes`)
}

const connection = await (await DuckDBInstance.create()).connect()
const answer = await connection.runAndReadAll(`
  SELECT parse_filename(filename, true) AS file, count(*)::INTEGER AS values, round(avg(value), 1) AS mean
  FROM read_parquet('out/anc/*.parquet') GROUP BY file ORDER BY file`)
console.table(answer.getRowObjectsJS())
