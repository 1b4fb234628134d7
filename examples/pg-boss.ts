/**
 * A pull as jobs of pg-boss: two workers, which may as well be on two machines, share its pieces. With graphile-worker all
 * of this is `enqueuePull()` and `runPullWorker()`.
 *
 *     npx tsx examples/pg-boss.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { postgresTable, pullReport, pullWorker, sharePull, type Wake } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { startPostgres } from './support/postgres.ts'
import { openServer } from './support/server.ts'

// What it is asked for, in place of so many made-up rows.
await using server = await openServer({ rows: undefined })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
await using postgres = await startPostgres()
const pool = new pg.Pool({ connectionString: postgres.url })
pool.on('error', () => undefined)
const boss = new PgBoss(postgres.url)
boss.on('error', (error) => console.error(error.message))
await boss.start()
await boss.createQueue('pull')

/** The job is there if, and only if, the work is: it is added in the same transaction. */
const wake: Wake = async (job, afterMs, query) => {
  const db = {
    executeSql: async (sql: string, values: unknown[]) => ({ rows: [...(await query(sql, values)).rows] }),
  }
  await boss.send('pull', job, { startAfter: Math.ceil(afterMs / 1000), retryLimit: 0, db })
}

const workers = [pullWorker({ client, pool, wake }), pullWorker({ client, pool, wake })]
for (const worker of workers) {
  await boss.work('pull', { pollingIntervalSeconds: 0.5 }, async ([job]) => worker.work(job!.data as never))
}
// What a worker that was killed had is found again.
const sweeping = setInterval(() => workers[0]!.sweep().catch(console.error), 30_000)

const into = postgresTable({ client: pool, table: 'anc' })
const query = { dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'], pe: '2024', ou: 'LEVEL-2' }
await sharePull(await client.analytics.plan(query, { pieceCells: 5 }), { into, wake })
const report = await pullReport({ into })
console.log(`${report.piecesDone} pieces, ${report.rowCount} rows, complete: ${report.isComplete}`)

clearInterval(sweeping)
await Promise.all(workers.map((worker) => worker.close()))
await boss.stop({ graceful: false })
await pool.end()
