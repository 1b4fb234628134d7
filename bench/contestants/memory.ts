/** memory: our three ways with a large grid, each in constant memory. */
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows, toCsv } from 'dhis2-analytics-stream'
import { contest, RowSink } from './contest.ts'

await contest({
  async 'file → rows'(task) {
    return async ({ path }) => {
      const sink = new RowSink(task)
      await pipeline(createReadStream(path), parseRows(), sink)
      return sink.outcome
    }
  },

  async 'HTTP → rows → CSV → file'({ origin, destination }) {
    const client = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => {
      const file = createWriteStream(destination)
      await pipeline(client.analytics.stream({ params: { grid: name } }), parseRows(), toCsv(), file)
      return { csvBytes: file.bytesWritten }
    }
  },

  async 'HTTP → file'({ origin, destination }) {
    const client = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => ({
      byteLength: await client.analytics.streamTo(destination, { params: { grid: name } }),
    })
  },
})
