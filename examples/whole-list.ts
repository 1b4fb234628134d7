/**
 * All events of a program as one stream, each once, whatever the server's limit on one answer. Memory is constant.
 *
 *     npx tsx examples/whole-list.ts
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, level, toCsv, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ eventRows: 12_345 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const events = client.analytics.events.query('IpHINAT79UW', {
  stage: 'A03MvHHogjR',
  pe: 'LAST_12_MONTHS',
  ou: ['USER_ORGUNIT', level(2)],
})

await pipeline(
  events.rows(),
  toCsv({ columns: ['psi', 'eventdate', 'ouname', 'UXz7xuGCEhU'] }),
  toFile('out/events.csv'),
)

console.log('Wrote out/events.csv')
