/**
 * Giving up: after a time, or when you say so. The request is cancelled, its socket closed, and no file is left.
 *
 *     npx tsx examples/abort.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 1_000_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const query = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-4'] }

// A limit on the whole of a call, waiting and retries included. (The stand-in takes a minute over its query here.)
server.standIn?.misbehave({ delayMs: 60_000 })
try {
  await client.analytics.aggregate(query, { signal: AbortSignal.timeout(300) })
} catch (error) {
  console.log(`Timeout: ${(error as Error).name}`)
}

// A controller, for a button, a signal of the system, or a condition of your own.
const controller = new AbortController()
process.once('SIGINT', () => controller.abort())
try {
  await client.analytics.streamTo('out/never.json', query, {
    signal: controller.signal,
    onProgress: ({ transferredBytes }) => {
      if (transferredBytes > 1_000_000) controller.abort()
    },
  })
} catch (error) {
  console.log(`Controller: ${(error as Error).name}`)
}
