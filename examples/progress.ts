/**
 * How far it has come. Right behind the response, `countBytes` knows how much is to come, if the server said so.
 *
 *     npx tsx examples/progress.ts
 */
import { pipeline } from 'node:stream/promises'
import { countBytes, Dhis2Client, type Progress, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 200_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

function onProgress({ transferredBytes, totalBytes, done }: Progress) {
  const share = totalBytes ? ` of ${totalBytes} (${Math.floor((100 * transferredBytes) / totalBytes)} %)` : ''
  console.error(`${transferredBytes}${share} bytes${done ? ', done' : ''}`)
}

const query = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-4'] }

// In a pipeline, told at most once in `intervalMs` and once at the end:
await pipeline(
  client.analytics.stream(query),
  countBytes({ onProgress, intervalMs: 20 }),
  toFile('out/progress.json'),
)

// And the same from streamTo:
await client.analytics.streamTo(
  'out/progress.csv',
  { ...query, endpoint: '/api/analytics.csv' },
  { onProgress },
)
