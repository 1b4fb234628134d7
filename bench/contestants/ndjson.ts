/** ndjson: from the bytes of a file to objects, a line of JSON each. The output of all is compared, byte for byte. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ByteSink, contest } from './contest.ts'

await contest({
  async ours(task) {
    const { parseRows, toNdjson, toObjects } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), toObjects(), toNdjson(), sink)
      return { digest: sink.digest }
    }
  },

  async 'the same by rows'(task) {
    const { mapRows, parseRows, toNdjson, toObjects } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new ByteSink(task)
      const byRows = mapRows((row) => row)
      await pipeline(createReadStream(path), parseRows(), byRows, toObjects(), toNdjson(), sink)
      return { digest: sink.digest }
    }
  },

  /** Told the columns beforehand, and written a thousand lines at a time. */
  async 'stream-json + JSON.stringify'(task) {
    const { default: chain } = await import('stream-chain')
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    return async ({ path, columns }) => {
      const sink = new ByteSink(task)
      const items = chain([parser({ streamValues: false }), pick({ filter: 'rows' }), streamArray()])
      createReadStream(path).pipe(items)
      await pipeline(async function* () {
        let lines = ''
        let count = 0
        for await (const { value } of items as AsyncIterable<{ value: unknown[] }>) {
          const object: Record<string, unknown> = {}
          for (let i = 0; i < columns.length; i++) object[columns[i]!] = value[i]
          lines += `${JSON.stringify(object)}\n`
          if (++count % 1000) continue
          yield lines
          lines = ''
        }
        yield lines
      }, sink)
      return { digest: sink.digest }
    }
  },
})
