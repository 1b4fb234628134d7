/**
 * A data value set: what can be imported into another DHIS2, value by value.
 *
 *     npx tsx examples/data-values.ts
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseDataValues } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

let count = 0
const orgUnits = new Set<string>()
await pipeline(
  client.analytics.stream({
    endpoint: '/api/analytics/dataValueSet.json',
    dx: 'fbfJHSPpUQD',
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-3'],
  }),
  parseDataValues(),
  async (values) => {
    for await (const { orgUnit } of values) {
      orgUnits.add(orgUnit)
      count += 1
    }
  },
)
console.log(`${count} data values of ${orgUnits.size} org units`)
