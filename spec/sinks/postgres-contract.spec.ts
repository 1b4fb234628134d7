import { toPostgres } from 'dhis2-analytics-stream/postgres'
import { servers, startTestPostgres } from '../support/test-postgres.ts'
import { tableContract } from '../tables/contract.ts'

for (const [version, server] of Object.entries(servers)) {
  tableContract(`toPostgres, on PostgreSQL ${version}`, async () => {
    const postgres = await startTestPostgres(server)
    const { client, other } = postgres
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    return {
      sink: (options) => toPostgres({ client, ...options }),
      async run(sql) {
        await other.query(sql)
      },
      async rows(table) {
        const { rows } = await other.query(`SELECT * FROM ${table}`)
        return rows
      },
      async isIdle() {
        const sql = `SELECT state FROM pg_stat_activity WHERE pid = $1`
        const { rows: states } = await other.query(sql, [rows[0].pid])
        return states[0].state === 'idle' && client.listenerCount('error') === 0
      },
      [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
    }
  })
}
