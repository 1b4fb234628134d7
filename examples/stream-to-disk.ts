/**
 * Any endpoint and format, straight to a file, byte for byte. The file appears when it is complete, or not at all.
 *
 *     npx tsx examples/stream-to-disk.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const query = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-3'] }

// The suffix of the endpoint decides the format. Missing directories are made.
const csv = await client.analytics.streamTo('out/disk/pivot.csv', {
  ...query,
  endpoint: '/api/analytics.csv',
})
console.log(`out/disk/pivot.csv: ${csv} bytes`)

const xlsx = await client.analytics.streamTo('out/disk/pivot.xlsx', {
  ...query,
  endpoint: '/api/analytics.xlsx',
})
console.log(`out/disk/pivot.xlsx: ${xlsx} bytes`)

// Events have parameters of their own; they go into `params` as they are.
const events = await client.analytics.streamTo('out/disk/events.json', {
  endpoint: '/api/analytics/events/query/eBAyeGv0exc.json',
  ou: 'ImspTQPwCqd',
  params: { startDate: '2025-01-01', endDate: '2025-12-31', pageSize: 100, page: 1, asc: 'eventdate' },
})
console.log(`out/disk/events.json: ${events} bytes`)
