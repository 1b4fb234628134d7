/** memory: our ways with a large grid, each in constant memory. */
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import {
  castCells,
  Dhis2Client,
  labelCells,
  parseRows,
  toArrow,
  toCsv,
  toNdjson,
  toObjects,
} from 'dhis2-analytics-stream'
import { ByteSink, contest, RowSink } from './contest.ts'

await contest({
  async 'file → rows'(task) {
    return async ({ path }) => {
      const sink = new RowSink(task)
      await pipeline(createReadStream(path), parseRows(), sink)
      return sink.outcome
    }
  },

  async 'file → labels, numbers → CSV'(task) {
    return async ({ path }) => {
      const csv = toCsv()
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), labelCells(), castCells(), csv, sink)
      return { rows: csv.rowCount }
    }
  },

  async 'file → objects → NDJSON'(task) {
    return async ({ path }) => {
      const lines = toNdjson()
      await pipeline(createReadStream(path), parseRows(), toObjects(), lines, new ByteSink(task))
      return { rows: lines.rowCount }
    }
  },

  async 'file → Arrow'(task) {
    return async ({ path }) => {
      const arrow = toArrow()
      await pipeline(createReadStream(path), parseRows(), arrow, new ByteSink(task))
      return { rows: arrow.rowCount }
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
