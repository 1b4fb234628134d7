/** load, SQLite: over HTTP into a new table of a file. */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client } from 'dhis2-analytics-stream'
import { toSqlite } from 'dhis2-analytics-stream/sqlite'
import { contest } from '../contest.ts'
import { openSqlite } from './sqlite-driver.ts'

await contest({
  async ours({ origin, database: path }) {
    const database = await openSqlite(path!)
    const dhis2 = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => {
      const sink = toSqlite({ database, table: name, create: true })
      await pipeline(dhis2.analytics.rows({ params: { grid: name } }), sink)
      return { rows: sink.rowCount }
    }
  },
})
