/** A Parquet file, and the same rows in a table of DuckDB, which both then are asked. */
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { Dhis2Client, personalAccessToken, toFile } from 'dhis2-analytics-stream'
import { type TableRowSink, toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { toParquet } from 'dhis2-analytics-stream/parquet'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

await using standIn = await startDhis2({ rows: 500 })
await using client = new Dhis2Client({ baseUrl: standIn.url, auth: personalAccessToken(demoToken) })
const question = { dx: 'fbfJHSPpUQD', pe: '2024', ou: 'LEVEL-4' }

await pipeline(client.analytics.rows(question), toParquet({ compression: 'gzip' }), toFile('facts.parquet'))
const connection = await (await DuckDBInstance.create(':memory:')).connect()
for (let i = 0; i < 2; i++) {
  const sink: TableRowSink = toDuckDb({ connection, table: 'facts', mode: 'replace', create: true })
  await pipeline(client.analytics.rows(question), sink)
  console.log(sink.rowCount, JSON.stringify(sink.counts))
}
const differing = await connection.runAndReadAll(
  "SELECT count(*)::INTEGER AS rows FROM (FROM 'facts.parquet' EXCEPT FROM facts)",
)
console.log(JSON.stringify(differing.getRowObjectsJson()))
