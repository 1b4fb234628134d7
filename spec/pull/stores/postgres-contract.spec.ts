import { postgresTable } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import { startTestPostgres } from '../../support/test-postgres.ts'
import { storeContract } from './contract.ts'
import { tableStoreContract } from './table-contract.ts'

for (const kind of ['a Pool', 'a Client']) {
  storeContract(`postgresTable with ${kind}`, async () => {
    const postgres = await startTestPostgres()
    const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
    const client = kind === 'a Pool' ? pool : postgres.client
    return {
      replacesParts: true,
      store: (name) => postgresTable({ client, table: `public.${name}` }),
      rows: async (name) => (await postgres.other.query(`SELECT * FROM ${name}`)).rows,
      async [Symbol.asyncDispose]() {
        await pool.end()
        await postgres[Symbol.asyncDispose]()
      },
    }
  })
}

tableStoreContract('postgresTable', async () => {
  const postgres = await startTestPostgres()
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
  await postgres.other.query('CREATE SCHEMA "an odd.schema"')
  return {
    store: (table, replace) => postgresTable({ client: pool, table, replace }),
    run: async (sql) => (await postgres.other.query(sql)).rows,
    odd: '"an odd.schema"."it\'s ""so"" ?"',
    oddSchema: '"an odd.schema".',
    async [Symbol.asyncDispose]() {
      await pool.end()
      await postgres[Symbol.asyncDispose]()
    },
  }
})
