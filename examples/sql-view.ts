/**
 * The rows of an SQL view, as the database has them: numbers are numbers, and a JSON column is an object.
 *
 *     npx tsx examples/sql-view.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 500 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const view = client.sqlViews.rows('dI68mLkP1wN', {
  criteria: { active: true },
  filters: ['rows:gt:0'],
})

let count = 0
for await (const [uid, rows, active, comment, geometry] of view) {
  count += 1
  if (count !== 2) continue
  console.log(typeof uid, typeof rows, typeof active, comment, (geometry as { type: string }).type)
}
console.log(`${count} rows of ${view.headers?.map(({ name }) => name).join(', ')}`)
