/** load, upsert and replace-slice: into a table with a primary key that has the rows already, a tenth of them or none changed. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows } from 'dhis2-analytics-stream'
import { type ToPostgresOptions, toPostgres } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import { type Contestant, contest, type GridFile } from '../contest.ts'

await contest({
  ours: withMode('upsert'),
  'ours, replace-slice': withMode('replace-slice'),

  async 'COPY + ON CONFLICT'({ database }) {
    const client = await connect(database)
    return async (grid) => {
      await client.query('BEGIN')
      await client.query(`CREATE TEMP TABLE stage (LIKE "${grid.name}") ON COMMIT DROP`)
      const rows = await copy(client, 'stage', grid)
      await client.query(
        `INSERT INTO "${grid.name}" SELECT * FROM stage
         ON CONFLICT (dx, pe, ou) DO UPDATE SET value = excluded.value`,
      )
      await client.query('COMMIT')
      return { rows }
    }
  },

  async 'DELETE + COPY'({ database, grid: large, warmUp }) {
    const client = await connect(database)
    const slices = new Map<string, string[][]>()
    for (const { name, path } of [large, warmUp!.grid]) slices.set(name, await sliceOf(path))
    return async (grid) => {
      await client.query('BEGIN')
      await client.query(
        `DELETE FROM "${grid.name}" WHERE dx = ANY($1) AND pe = ANY($2) AND ou = ANY($3)`,
        slices.get(grid.name),
      )
      const rows = await copy(client, `"${grid.name}"`, grid)
      await client.query('COMMIT')
      return { rows }
    }
  },
})

function withMode(mode: NonNullable<ToPostgresOptions['mode']>): Contestant {
  return async ({ origin, database }) => {
    const client = await connect(database)
    const dhis2 = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => {
      const sink = toPostgres({ client, table: name, mode })
      await pipeline(dhis2.analytics.rows({ params: { grid: name } }), sink)
      return { rows: sink.rowCount }
    }
  }
}

async function copy(client: pg.Client, table: string, { csvPath }: GridFile): Promise<number> {
  const into = client.query(from(`COPY ${table} FROM STDIN WITH (FORMAT csv, HEADER true)`))
  await pipeline(createReadStream(csvPath!), into)
  return into.rowCount
}

/** The data items, periods and org units of a grid, beforehand. */
async function sliceOf(path: string): Promise<string[][]> {
  const rows = parseRows()
  createReadStream(path).pipe(rows)
  for await (const _ of rows) break
  const { dx = [], pe = [], ou = [] } = rows.metaData!.dimensions!
  return [dx, pe, ou]
}

async function connect(url: string | undefined): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
