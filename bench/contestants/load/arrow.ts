/** load, Arrow: from the bytes of a file to those of an Arrow stream, and of CSV. Both come back as the same rows. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseRows, toArrow, toCsv } from 'dhis2-analytics-stream'
import { ByteSink, type Contestant, contest } from '../contest.ts'

await contest({
  ours: through(toArrow, async (bytes) => {
    const { tableFromIPC } = await import('apache-arrow')
    return [...tableFromIPC(bytes)].map((row) =>
      [...(row as Iterable<[string, unknown]>)].map(([, cell]) => cell),
    )
  }),

  toCsv: through(
    () => toCsv({ header: false }),
    async (bytes) =>
      bytes
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','))
        .map(([dx, pe, ou, value]) => [dx, pe, ou, Number(value)]),
  ),
})

function through(stage: () => Transform, rowsOf: (bytes: Buffer) => Promise<unknown[][]>): Contestant {
  return async (task) =>
    async ({ path }) => {
      if (task.digest) {
        const chunks: Buffer[] = []
        await pipeline(createReadStream(path), parseRows(), stage(), async (source) => {
          for await (const chunk of source as AsyncIterable<Buffer>) chunks.push(chunk)
        })
        const rows = await rowsOf(Buffer.concat(chunks))
        return { rows: rows.length, digest: createHash('sha1').update(JSON.stringify(rows)).digest('hex') }
      }
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), stage(), sink)
      return { writtenBytes: sink.byteLength }
    }
}
