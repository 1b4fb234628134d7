/** A worker of shared pulls, until its stdin ends. */
import { Dhis2Client, personalAccessToken } from 'dhis2-analytics-stream'
import { runPullWorker } from 'dhis2-analytics-stream/graphile-worker'
import pg from 'pg'
import type { Task } from './contest.ts'

const { origin, token, database } = JSON.parse(process.argv[2]!) as Task
const pool = new pg.Pool({ connectionString: database })
pool.on('error', () => undefined)
process.stdin.on('end', () => process.exit()).resume()
const client = new Dhis2Client({ baseUrl: origin, auth: personalAccessToken(token!) })
await runPullWorker({ client, pool, signal: new AbortController().signal })
