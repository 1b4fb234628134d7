/** load, Postgres: behind the rows of a table that has the name of the grid, in one transaction each. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { batchRows, Dhis2Client } from 'dhis2-analytics-stream'
import pg from 'pg'
import { type Contestant, contest } from '../contest.ts'

await contest({
  async ours(task) {
    const { toPostgres } = await import('dhis2-analytics-stream/postgres')
    const client = await connect(task.database)
    const dhis2 = new Dhis2Client({ baseUrl: task.origin })
    return async ({ name }) => {
      const sink = toPostgres({ client, table: name })
      await pipeline(dhis2.analytics.rows({ params: { grid: name } }), sink)
      return { rows: sink.rowCount }
    }
  },

  async 'pg-copy-streams of a ready CSV'(task) {
    const { from } = await import('pg-copy-streams')
    const client = await connect(task.database)
    return async ({ name, csvPath }) => {
      const copy = client.query(from(`COPY "${name}" FROM STDIN WITH (FORMAT csv, HEADER true)`))
      await pipeline(createReadStream(csvPath!), copy)
      return { rows: copy.rowCount }
    }
  },

  'INSERT of 1,000 rows': inBatches(1000, (rows) => {
    const tuples = rows.map((_, at) => `($${at * 4 + 1}, $${at * 4 + 2}, $${at * 4 + 3}, $${at * 4 + 4})`)
    return { sql: `VALUES ${tuples.join(', ')}`, values: rows.flat() }
  }),

  'unnest of 10,000 rows': inBatches(10_000, (rows) => ({
    sql: 'SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[])',
    values: [0, 1, 2, 3].map((at) => rows.map((row) => row[at])),
  })),
})

/** Our own rows, as there is nothing else that gives batches of them. */
function inBatches(
  size: number,
  statementOf: (rows: unknown[][]) => { sql: string; values: unknown[] },
): Contestant {
  return async ({ origin, database }) => {
    const client = await connect(database)
    const dhis2 = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => {
      let count = 0
      await client.query('BEGIN')
      const batches = dhis2.analytics.rows({ params: { grid: name } }).pipe(batchRows(size))
      for await (const rows of batches) {
        const { sql, values } = statementOf(rows as unknown[][])
        await client.query(`INSERT INTO "${name}" ${sql}`, values)
        count += (rows as unknown[][]).length
      }
      await client.query('COMMIT')
      return { rows: count }
    }
  }
}

async function connect(url: string | undefined): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
