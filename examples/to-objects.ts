/**
 * Rows as objects: one JSON object a line (NDJSON), for the next tool.
 *
 *     npx tsx examples/to-objects.ts | head -2
 */
import { pipeline } from 'node:stream/promises'
import { castCells, Dhis2Client, parseRows, toNdjson, toObjects } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

await pipeline(
  client.analytics.stream({ dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-3'] }),
  parseRows(),
  // Numbers as numbers. What belongs to cells comes before the rows are objects.
  castCells(),
  // Keys are header names. `keys` gives some of them another, or all of them their labels.
  toObjects({ keys: { dx: 'indicator', pe: 'period', ou: 'facility' } }),
  toNdjson(),
  process.stdout,
)
