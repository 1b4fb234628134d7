/**
 * Into DuckDB, and asked in SQL. Run again it is the same table: what the query covers becomes its answer, and what was
 * changed or deleted in DHIS2 is changed or gone.
 *
 *     npx tsx examples/duckdb.ts
 */
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { Dhis2Client } from 'dhis2-analytics-stream'
import { toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 50_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
// Of two instances of one file in a process one loses what the other writes; this gives the same one twice.
const instance = await DuckDBInstance.fromCache('dhis2.duckdb')
const connection = await instance.connect()

async function load(): Promise<void> {
  const rows = client.analytics.rows({
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-4'],
  })
  const sink = toDuckDb({ connection, table: 'anc', mode: 'replace-slice', create: true })
  await pipeline(rows, sink)
  console.log(`${sink.rowCount} rows:`, sink.counts)
}

await load()
await load()

// A load that fails leaves all as it was: here the stand-in hangs up after the first megabyte.
server.standIn?.misbehave({ truncateAfter: 1_000_000 })
await load().catch((error: Error) => console.log(`${error.name}: ${error.message}`))

const answer = await connection.runAndReadAll(`
  SELECT pe, count(*)::INTEGER AS facilities, round(avg(value), 1) AS mean
  FROM anc WHERE dx = 'fbfJHSPpUQD' GROUP BY pe ORDER BY pe`)
console.table(answer.getRowObjectsJS())
connection.disconnectSync()
