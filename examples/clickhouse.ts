/**
 * Every night the last twelve months into ClickHouse, which has no transactions: a table of its own takes the answer, is
 * counted, and gives the months one by one to the table that others read.
 *
 *     npx tsx examples/clickhouse.ts
 *
 * Set CLICKHOUSE_URL, `https://user:password@clickhouse.example.org:8443`, for a server of yours; else it speaks to a
 * stand-in. Its statements were tried in the engine of ClickHouse 26.9, its requests on the stand-in alone.
 */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { Dhis2Client, toCsv } from 'dhis2-analytics-stream'
import { request } from 'undici'
import { startClickHouse } from './support/clickhouse.ts'
import { openServer } from './support/server.ts'

let night = 1
await using server = await openServer({
  // What it is asked for, in place of so many made-up rows.
  rows: undefined,
  // By the second night one month was corrected, and all values of another were deleted.
  valueFor: ({ pe }) => (night > 1 && pe === '202501' ? undefined : night > 1 && pe === '202502' ? 2 : 1),
})
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
await using standIn = await startClickHouse()
const { origin, username, password } = new URL(process.env['CLICKHOUSE_URL'] ?? standIn.url)

/** Runs one statement, and resolves to what it answers. */
async function run(query: string, rows?: Readable): Promise<string> {
  const { statusCode, body } = await request(origin, {
    method: 'POST',
    // Without the first a column that the table has not is left out in silence, and the second holds the status back
    // until all is done.
    query: { query, input_format_skip_unknown_fields: '0', wait_end_of_query: '1' },
    ...(username && {
      headers: {
        'x-clickhouse-user': decodeURIComponent(username),
        'x-clickhouse-key': decodeURIComponent(password),
      },
    }),
    ...(rows && { body: rows }),
  })
  const answer = await body.text()
  if (statusCode !== 200) throw new Error(answer)
  return answer.trimEnd()
}

// A number must be Nullable: an empty cell is 0 otherwise.
await run(`
  CREATE TABLE IF NOT EXISTS anc (dx String, pe String, ou String, value Nullable(Float64))
  ENGINE = MergeTree PARTITION BY pe ORDER BY (dx, pe, ou)`)

/** Safe to be run again, whatever became of the last run; one at a time. */
async function refresh(): Promise<string> {
  const rows = client.analytics.rows({
    dx: 'fbfJHSPpUQD',
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-2'],
  })
  await run('CREATE OR REPLACE TABLE anc_loaded AS anc')
  // Nothing is sent before DHIS2 answers, which can take longer than ClickHouse waits for the rest of a request.
  await once(rows, 'headers')
  await run('INSERT INTO anc_loaded FORMAT CSVWithNames', rows.through(toCsv()))
  const count = Number(await run('SELECT count() FROM anc_loaded'))
  if (count !== rows.rowCount) throw new Error(`${rows.rowCount} rows were sent, and ${count} came`)

  const loaded = new Set((await run('SELECT DISTINCT pe FROM anc_loaded')).split('\n'))
  // Of each month, but not of all twelve at once, readers see the old rows or the new.
  for (const pe of rows.metaData?.dimensions?.['pe'] ?? []) {
    await run(
      loaded.has(pe)
        ? `ALTER TABLE anc REPLACE PARTITION '${pe}' FROM anc_loaded`
        : `ALTER TABLE anc DROP PARTITION '${pe}'`,
    )
  }
  return `${count} rows came, ${await run('SELECT count() FROM anc')} are in the table`
}

console.log('Night 1:', await refresh())
night += 1
console.log('Night 2:', await refresh())

// A source that breaks off: the table is as it was.
server.standIn?.misbehave({ truncateAfter: 3000 })
await refresh().catch((error: Error) => console.log(`Night 3: ${error.name}`))
console.log(`${await run('SELECT count() FROM anc')} rows are in the table`)
