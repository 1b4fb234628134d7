/** pull: from an HTTP request to a CSV file, and, to measure that by, to a file of the JSON. Both flush it and rename it. */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows, toCsv, toFile } from 'dhis2-analytics-stream'
import { contest } from './contest.ts'

await contest({
  async ours({ origin, destination }) {
    const client = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => {
      const csv = toCsv()
      await pipeline(
        client.analytics.stream({ params: { grid: name } }),
        parseRows(),
        csv,
        toFile(destination),
      )
      return { rows: csv.rowCount }
    }
  },

  async 'HTTP → file'({ origin, destination }) {
    const client = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => ({
      byteLength: await client.analytics.streamTo(destination, { params: { grid: name } }),
    })
  },
})
