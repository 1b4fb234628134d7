/** workers: a pull whose pieces are shared among processes that wait for it, from its first word to its report. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Dhis2Client, personalAccessToken } from 'dhis2-analytics-stream'
import { enqueuePull, pullReport } from 'dhis2-analytics-stream/graphile-worker'
import { postgresTable } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import { type Contestant, contest } from './contest.ts'

const script = fileURLToPath(new URL('pull-worker.js', import.meta.url))

await contest({ 'one worker': workers(1), 'four workers': workers(4) })

function workers(count: number): Contestant {
  return async ({ origin, token, database, question }) => {
    const pool = new pg.Pool({ connectionString: database })
    const client = new Dhis2Client({ baseUrl: origin, auth: personalAccessToken(token!) })
    const argument = JSON.stringify({ origin, token, database })
    for (let each = 0; each < count; each++)
      spawn(process.execPath, [script, argument], { stdio: ['pipe', 'inherit', 'inherit'] })
    const pulled = async (table: string, dx: readonly string[]) => {
      const into = postgresTable({ client: pool, table })
      await enqueuePull(await client.analytics.plan({ ...question!, dx }), { into })
      return pullReport({ into })
    }
    // So that they are there, and have done it before.
    await pulled('few', question!.dx.slice(0, 10))
    return async () => {
      const { rowCount, requestCount, pieceCount } = await pulled('many', question!.dx)
      return { rows: rowCount, requests: requestCount, pieces: pieceCount }
    }
  }
}
