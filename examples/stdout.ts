/**
 * CSV to standard output, for the tools that are there already. A reader that leaves early is no error.
 *
 *     npx tsx examples/stdout.ts | head -3
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows, toCsv } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 200_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

try {
  await pipeline(
    client.analytics.stream({ dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-4'] }),
    parseRows(),
    toCsv(),
    process.stdout,
  )
} catch (error) {
  // `head` has seen enough and closed the pipe. The request is cancelled by now.
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
}
