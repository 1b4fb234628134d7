/**
 * Events with cells of their types: numbers, booleans, dates and null in place of text.
 *
 *     npx tsx examples/cast-cells.ts
 */
import { pipeline } from 'node:stream/promises'
import { castCells, Dhis2Client, toObjects } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

await pipeline(
  client.analytics.rows({
    endpoint: '/api/analytics/events/query/eBAyeGv0exc.json',
    ou: 'ImspTQPwCqd',
    params: { startDate: '2025-01-01', endDate: '2025-12-31', pageSize: 5, page: 1, asc: 'eventdate' },
  }),
  // DHIS2 sends times in the server's own zone and doesn't say which. `client.system.info()` does.
  castCells({ dates: 'date', zone: 'Z', columns: { UXz7xuGCEhU: inKilograms } }),
  toObjects({ keys: { UXz7xuGCEhU: 'weight', bx6fsa0t90x: 'bcg' } }),
  async (events) => {
    for await (const { eventdate, weight, bcg, ouname } of events)
      console.log({ eventdate, weight, bcg, ouname })
  },
)

/** A cast of one's own gets the cell as it came: text, and `''` where there is nothing. */
function inKilograms(grams: unknown): number | null {
  return grams === '' ? null : Number(grams) / 1000
}
