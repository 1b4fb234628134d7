/**
 * Into PostgreSQL with COPY, the fastest way in. A COPY is all or nothing: if the source fails, no row stays.
 *
 *     npx tsx examples/postgres.ts
 */
import { pipeline } from 'node:stream/promises'
import { type AnalyticsQuery, Dhis2Client, parseRows, toCsv } from 'dhis2-analytics-stream'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { startPostgres } from './support/postgres.ts'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 50_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
await using postgres = await startPostgres()
const db = new pg.Client(postgres.url)
await db.connect()
await db.query('CREATE TABLE pivot (dx text, pe text, ou text, value numeric)')

/** Loads the answer to a query and resolves to the number of rows, committed. */
async function load(query: AnalyticsQuery): Promise<number> {
  // HEADER MATCH makes PostgreSQL check the header line against the columns.
  const copy = db.query(copyFrom('COPY pivot (dx, pe, ou, value) FROM STDIN WITH (FORMAT csv, HEADER MATCH)'))
  await pipeline(client.analytics.stream(query), parseRows(), toCsv(), copy)
  return copy.rowCount
}

async function report(what: string) {
  const { rows } = await db.query('SELECT count(*), sum(value) FROM pivot')
  console.log(`${what}: ${rows[0].count} rows in the table, sum ${rows[0].sum ?? 0}`)
}

const query = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-4'] }

// A source that fails: the stand-in hangs up after the first megabyte.
server.standIn?.misbehave({ truncateAfter: 1_000_000 })
await load(query).catch((error: Error) => console.log(`${error.name}: ${error.message}`))
await report('After the failed load')

console.log(`Loaded ${await load(query)} rows`)
await report('After the good one')
await db.end()
