/**
 * labels: from the bytes of a file to the bytes of CSV, ids replaced by names and text by numbers and dates on the way. The
 * peer does neither: there is none that does.
 */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ByteSink, contest } from './contest.ts'

await contest({
  async ours(task) {
    const { castCells, labelCells, parseRows, toCsv } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), labelCells(), castCells(), toCsv(), sink)
      return { csvBytes: sink.byteLength, digest: sink.digest }
    }
  },

  async 'the same by rows'(task) {
    const { castCells, labelCells, mapRows, parseRows, toCsv } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new ByteSink(task)
      const byRows = mapRows((row) => row)
      await pipeline(createReadStream(path), parseRows(), byRows, labelCells(), castCells(), toCsv(), sink)
      return { csvBytes: sink.byteLength, digest: sink.digest }
    }
  },

  async 'stream-json + csv-stringify'(task) {
    const { default: chain } = await import('stream-chain')
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    const { stringify } = await import('csv-stringify')
    return async ({ path, columns }) => {
      let rows = 0
      await pipeline(
        createReadStream(path),
        chain([
          parser({ streamValues: false }),
          pick({ filter: 'rows' }),
          streamArray(),
          ({ value }: { value: unknown }) => {
            rows += 1
            return value
          },
        ]),
        stringify({ header: true, columns: [...columns] }),
        new ByteSink(task),
      )
      return { rows }
    }
  },
})
