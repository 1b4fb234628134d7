/**
 * parse: from the bytes of a file, read in chunks of 64 KB, to rows. Each contestant is used the way its own
 * documentation has it, and loads its library for itself, so that nobody's memory holds another's code.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { contest, RowSink } from './contest.ts'
import { pieces } from './pieces.ts'
import { slices } from './slices.ts'

/** By default stream-json emits every value in pieces too, for streamArray to drop, and takes thrice the time. */
const packedOnly = { streamValues: false }

await contest({
  async ours(task) {
    const { parseRows } = await import('dhis2-analytics-stream')
    return async ({ path }) => {
      const sink = new RowSink(task)
      await pipeline(createReadStream(path), parseRows(), sink)
      return sink.outcome
    }
  },

  async 'stream-json, three stages'(task) {
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    return async ({ path }) => {
      const sink = new RowSink(task, ({ value }: { value: unknown }) => value)
      await pipeline(
        createReadStream(path),
        parser.asStream(packedOnly),
        pick.asStream({ filter: 'rows' }),
        streamArray.asStream(),
        sink,
      )
      return sink.outcome
    }
  },

  async 'stream-json, one chain'(task) {
    const { default: chain } = await import('stream-chain')
    const { parser } = await import('stream-json/parser.js')
    const { pick } = await import('stream-json/filters/pick.js')
    const { streamArray } = await import('stream-json/streamers/stream-array.js')
    return async ({ path }) => {
      const sink = new RowSink(task, ({ value }: { value: unknown }) => value)
      await pipeline(
        createReadStream(path),
        chain([parser(packedOnly), pick({ filter: 'rows' }), streamArray()]),
        sink,
      )
      return sink.outcome
    }
  },

  async '@streamparser/json'(task) {
    const { JSONParser } = await import('@streamparser/json')
    return async ({ path }) => {
      const sink = new RowSink(task)
      const parser = new JSONParser({ paths: ['$.rows.*'], keepStack: false })
      parser.onValue = ({ value }) => sink.take(value)
      for await (const chunk of createReadStream(path)) parser.write(chunk as Buffer)
      return sink.outcome
    }
  },

  async 'whole file, JSON.parse'(task) {
    return async ({ path }) => {
      const sink = new RowSink(task)
      const { rows } = JSON.parse(await readFile(path, 'utf8')) as { rows: unknown[] }
      for (const row of rows) sink.take(row)
      return sink.outcome
    }
  },

  async 'floor: JSON.parse of slices'(task) {
    return async ({ path }) => {
      const sink = new RowSink(task)
      for (const rows of slices(path)) for (const row of rows) sink.take(row)
      return sink.outcome
    }
  },

  async 'floor: one pass over the bytes'() {
    return async ({ path }) => {
      let byteLength = 0
      let quotes = 0
      for (const piece of pieces(path)) {
        for (let at = 0; at < piece.length; at++) if (piece[at] === 0x22) quotes += 1
        byteLength += piece.length
      }
      if (quotes === 0) throw new Error('A grid without a quote')
      return { byteLength }
    }
  },
})
