/** A pull by night: a relative period, to a file, with a word on each retry. */
import { Dhis2Client, personalAccessToken } from 'dhis2-analytics-stream'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

await using standIn = await startDhis2({ rows: 5000 })
standIn.misbehave({ status: 503 }, { destroyBeforeHeaders: true })

await using client = new Dhis2Client({
  baseUrl: standIn.url,
  auth: personalAccessToken(demoToken),
  retry: { attempts: 4, baseDelayMs: 1, jitter: false },
  onRetry: ({ attempt, delayMs, error, request }) => {
    console.log(
      `${attempt}: ${request.method} ${new URL(request.url).pathname}: ${error.name}, ${delayMs} ms`,
    )
  },
})

const bytes = await client.analytics.streamTo(
  'out/nightly.csv',
  {
    endpoint: '/api/analytics.csv',
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-3'],
  },
  { onProgress: ({ transferredBytes, done }) => done && console.log(`done: ${transferredBytes}`) },
)
console.log(`written: ${bytes}`)
