/**
 * All events of a program as one stream, whatever the server's limit on a page: the next page is asked for while this
 * one is read, and no more than that is in memory.
 *
 *     npx tsx examples/events-pages.ts
 */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, level, toCsv } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ eventRows: 12_345, maxPageSize: 2000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const events = client.analytics.events.query('IpHINAT79UW', {
  stage: 'A03MvHHogjR',
  pe: 'LAST_12_MONTHS',
  ou: ['USER_ORGUNIT', level(2)],
  paging: { pageSize: 5000 },
})

await mkdir('out', { recursive: true })
await pipeline(
  events.rows(),
  toCsv({ columns: ['psi', 'eventdate', 'ouname', 'UXz7xuGCEhU'] }),
  createWriteStream('out/events.csv'),
)

console.log('Wrote out/events.csv')
