/** load, DuckDB: a new table in a file. Ours comes over HTTP, the others from files. */
import { pipeline } from 'node:stream/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type Contestant, contest, type GridFile, type Task } from '../contest.ts'
import { readCsv, readJson } from './duckdb-sources.ts'

await contest({
  async ours(task) {
    const { Dhis2Client } = await import('dhis2-analytics-stream')
    const { toDuckDb } = await import('dhis2-analytics-stream/duckdb')
    const connection = await connect(task)
    const dhis2 = new Dhis2Client({ baseUrl: task.origin })
    return async ({ name }) => {
      // A new table each time, as the others make one.
      await connection.run(`DROP TABLE IF EXISTS "${name}"`)
      const sink = toDuckDb({ connection, table: name, create: true })
      await pipeline(dhis2.analytics.rows({ params: { grid: name } }), sink)
      return { rows: sink.rowCount }
    }
  },

  'read_csv of a ready CSV': tableOf(readCsv),
  'read_json of the grid': tableOf(readJson),
})

function tableOf(sourceOf: (grid: GridFile) => string): Contestant {
  return async (task) => {
    const connection = await connect(task)
    return async (grid) => {
      await connection.run(`CREATE OR REPLACE TABLE "${grid.name}" AS ${sourceOf(grid)}`)
      return {}
    }
  }
}

async function connect({ database }: Task): Promise<DuckDBConnection> {
  return (await DuckDBInstance.create(database!)).connect()
}
