/**
 * Quick start: a pivot of two data elements, as a CSV file.
 *
 *     npx tsx examples/quick-start.ts
 *
 * Every example runs against a stand-in server that it starts itself, or against your own: set DHIS2_URL and
 * DHIS2_PAT (or DHIS2_USERNAME and DHIS2_PASSWORD). The ids are those of DHIS2's demo database.
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows, toCsv, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
// In your own script: { baseUrl: 'https://dhis2.example.org', auth: personalAccessToken(token) }
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

await pipeline(
  client.analytics.stream({
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-3'],
  }),
  parseRows(),
  toCsv(),
  toFile('out/quick-start.csv'),
)
console.log('Wrote out/quick-start.csv')
