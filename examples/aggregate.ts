/**
 * A small answer, whole in memory: headers, rows, and the names behind the ids.
 *
 *     npx tsx examples/aggregate.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 12 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const grid = await client.analytics.aggregate({
  dx: 'fbfJHSPpUQD',
  pe: 'LAST_12_MONTHS',
  ou: 'ImspTQPwCqd',
  params: { order: 'ASC', aggregationType: 'SUM' },
})

const nameOf = (id: unknown) => grid.metaData.items?.[String(id)]?.name ?? String(id)

console.log(grid.headers.map(({ name, column }) => column ?? name).join(', '))
for (const [dx, pe, ou, value] of grid.rows) {
  console.log(`${nameOf(dx)}, ${nameOf(pe)}, ${nameOf(ou)}, ${value}`)
}
