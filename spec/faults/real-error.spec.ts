import assert from 'node:assert/strict'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  batchRows,
  countBytes,
  type Dhis2Client,
  mapRows,
  parseRows,
  toCsv,
  toNdjson,
  toObjects,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

const view = 'dI68mLkP1wN'
const lines: Record<string, (client: Dhis2Client) => (Readable | Transform)[]> = {
  stream: ({ analytics }) => [analytics.stream(question)],
  'stream, countBytes': ({ analytics }) => [analytics.stream(question), countBytes()],
  'stream, parseRows': ({ analytics }) => [analytics.stream(question), parseRows()],
  rows: ({ analytics }) => [analytics.rows(question)],
  'rows, batchRows': ({ analytics }) => [analytics.rows(question), batchRows(10)],
  'rows, toObjects, mapRows': ({ analytics }) => [
    analytics.rows(question),
    toObjects(),
    mapRows((row) => row),
  ],
  'rows, toCsv': ({ analytics }) => [analytics.rows(question), toCsv()],
  'rows, toNdjson': ({ analytics }) => [analytics.rows(question), toNdjson()],
  'a list': ({ analytics }) => [analytics.events.query('IpHINAT79UW', { ou: 'ImspTQPwCqd' }).rows()],
  dataValues: ({ analytics }) => [analytics.dataValues(question)],
  'a view': ({ sqlViews }) => [sqlViews.rows(view)],
}

describe('a pipeline whose last function fails', () => {
  for (const [what, line] of Object.entries(lines)) {
    it(`fails with its error: ${what}`, async (t) => {
      const { client } = await connected(t)
      const error = new Error('the database is gone')
      const failing = async (source: AsyncIterable<unknown>) => {
        for await (const _ of source) throw error
      }
      await assert.rejects(pipeline([...line(client), failing] as never), error)
    })

    it(`is aborted by a signal as before: ${what}`, async (t) => {
      const { client } = await connected(t)
      const abort = new AbortController()
      const waiting = async (source: AsyncIterable<unknown>) => {
        for await (const _ of source) {
          abort.abort()
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const streams = line(client)
      await assert.rejects(pipeline([...streams, waiting] as never, { signal: abort.signal }), {
        name: 'AbortError',
      })
      for (const stream of streams) assert.ok(stream.destroyed)
    })
  }
})
