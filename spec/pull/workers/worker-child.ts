import { basicAuth, Dhis2Client } from 'dhis2-analytics-stream'
import { runPullWorker } from 'dhis2-analytics-stream/graphile-worker'
import pg from 'pg'

/** A worker in a process that may be killed: `worker-child.ts <url> <database> <leaseMs>`. It ends when its input does. */
const [url = '', database = '', leaseMs = ''] = process.argv.slice(2)
const client = new Dhis2Client({ baseUrl: url, auth: basicAuth('admin', 'district'), retry: false })
const pool = new pg.Pool({ connectionString: database, max: 8 })
pool.on('error', () => undefined)
const ending = new AbortController()
process.stdin.once('end', () => ending.abort()).resume()
process.stdout.write('begun\n')
await runPullWorker({
  client,
  pool,
  signal: ending.signal,
  leaseMs: Number(leaseMs),
  concurrency: { start: 2, max: 3 },
})
await pool.end()
await client.close()
