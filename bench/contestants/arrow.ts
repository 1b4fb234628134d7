/**
 * arrow: from the bytes of a file to the bytes of an Arrow stream. There is no peer that writes one from a grid: what
 * stream-json takes for the rows alone is what stands beside it. Before the race the rows are compared, as another
 * reader of Arrow has them.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ByteSink, contest, RowSink } from './contest.ts'

await contest({
  async ours(task) {
    const { parseRows, toArrow } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      if (task.digest) {
        const { tableFromIPC } = await import('apache-arrow')
        const chunks: Buffer[] = []
        await pipeline(createReadStream(path), parseRows(), toArrow(), async (source) => {
          for await (const chunk of source) chunks.push(chunk)
        })
        const hash = createHash('sha1')
        for (const row of tableFromIPC(Buffer.concat(chunks))) {
          hash.update(JSON.stringify([...(row as Iterable<[string, unknown]>)].map(([, cell]) => cell)))
        }
        return { digest: hash.digest('hex') }
      }
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), toArrow(), sink)
      return { writtenBytes: sink.byteLength }
    }
  },

  async 'stream-json, three stages'(task) {
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    const typed = ([dx, pe, ou, value]: string[]) => [dx, pe, ou, value === '' ? null : Number(value)]
    return async ({ path }) => {
      const rowOf = ({ value }: { value: string[] }) => (task.digest ? typed(value) : value)
      const sink = new RowSink(task, rowOf)
      await pipeline(
        createReadStream(path),
        parser.asStream({ streamValues: false }),
        pick.asStream({ filter: 'rows' }),
        streamArray.asStream(),
        sink,
      )
      return sink.outcome
    }
  },
})
