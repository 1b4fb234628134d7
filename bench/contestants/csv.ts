/**
 * csv: from the bytes of a file, read in chunks of 64 KB, to the bytes of CSV, with a header line. Before the race the
 * output of all is compared, byte for byte.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { ByteSink, contest } from './contest.ts'
import { pieces } from './pieces.ts'

await contest({
  async ours(task) {
    const { parseRows, toCsv } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new ByteSink(task)
      await pipeline(createReadStream(path), parseRows(), toCsv(), sink)
      return { csvBytes: sink.byteLength, digest: sink.digest }
    }
  },

  /** Without values in pieces (see parse.ts), and told the columns beforehand. */
  async 'stream-json + csv-stringify'(task) {
    const { default: chain } = await import('stream-chain')
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    const { stringify } = await import('csv-stringify')
    return async ({ path, columns }) => {
      const sink = new ByteSink(task)
      await pipeline(
        createReadStream(path),
        chain([
          parser({ streamValues: false }),
          pick({ filter: 'rows' }),
          streamArray(),
          ({ value }: { value: unknown }) => value,
        ]),
        stringify({ header: true, columns: [...columns] }),
        sink,
      )
      return { csvBytes: sink.byteLength, digest: sink.digest }
    }
  },

  /** Stringified 10,000 rows at a time: the CSV of a large grid does not fit into one string. */
  async 'whole JSON.parse + csv-stringify/sync'(task) {
    const { stringify } = await import('csv-stringify/sync')
    return async ({ path, columns }) => {
      const sink = new ByteSink(task)
      const { rows } = JSON.parse(await readFile(path, 'utf8')) as { rows: string[][] }
      await pipeline(function* () {
        yield Buffer.from(stringify([[...columns]]))
        for (let at = 0; at < rows.length; at += 10_000) {
          yield Buffer.from(stringify(rows.slice(at, at + 10_000)))
        }
      }, sink)
      return { csvBytes: sink.byteLength, digest: sink.digest }
    }
  },

  /** Read as ours reads, and copied at once. */
  async 'floor: a memory copy'() {
    return async ({ path }) => {
      const copy = Buffer.allocUnsafe(65_536)
      let byteLength = 0
      await pipeline(createReadStream(path), async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) byteLength += chunk.copy(copy)
      })
      return { byteLength }
    }
  },

  async 'floor: one pass that copies'() {
    return async ({ path }) => {
      const copy = Buffer.allocUnsafe(65_536)
      let byteLength = 0
      for (const piece of pieces(path)) {
        for (let at = 0; at < piece.length; at++) copy[at] = piece[at]!
        byteLength += piece.length
      }
      return { byteLength }
    }
  },
})
