/**
 * Every night the last twelve months into PostgreSQL: what the query covers becomes what DHIS2 says today, and all else
 * in the table stays. Values that were entered come, those that were changed change, those that were deleted go; rows
 * that are as they were are not written again.
 *
 *     npx tsx examples/nightly-postgres.ts
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client } from 'dhis2-analytics-stream'
import { toPostgres } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import { startPostgres } from './support/postgres.ts'
import { openServer } from './support/server.ts'

let night = 1
await using server = await openServer({
  // What it is asked for, in place of so many made-up rows.
  rows: undefined,
  // By the second night one month was corrected, and the values of another were deleted.
  valueFor: ({ dx, pe }) => {
    if (night > 1 && dx === 'cYeuwXTCPkU' && pe === '202501') return undefined
    return night > 1 && pe === '202502' ? 2 : 1
  },
})
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
await using postgres = await startPostgres()
const pool = new pg.Pool({ connectionString: postgres.url })
// An idle connection that breaks, as where the server is stopped, would end the process.
pool.on('error', () => undefined)

/** Safe to be run again, whatever became of the last run. */
async function refresh() {
  const sink = toPostgres({ client: pool, table: 'public.anc', mode: 'replace-slice', create: true })
  const query = { dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'], pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-2'] }
  await pipeline(client.analytics.rows(query), sink)
  return sink.counts
}

console.log('Night 1:', await refresh())
night += 1
console.log('Night 2:', await refresh())
night += 1
console.log('Night 3:', await refresh())

// A source that breaks off: the table is as it was.
server.standIn?.misbehave({ truncateAfter: 3000 })
await refresh().catch((error: Error) => console.log(`Night 4: ${error.name}`))
const { rows } = await pool.query('SELECT count(*), sum(value) FROM anc')
console.log(`${rows[0].count} rows in the table, sum ${rows[0].sum}`)
await pool.end()
