/** download: from an HTTP request to a file. Ours alone flushes it to the disk and renames it into place. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { contest } from './contest.ts'

await contest({
  async ours({ origin, destination }) {
    const { Dhis2Client } = await import('dhis2-analytics-stream')
    const client = new Dhis2Client({ baseUrl: origin })
    return async ({ name }) => ({
      byteLength: await client.analytics.streamTo(destination, { params: { grid: name } }),
    })
  },

  async 'undici.request + pipeline'({ destination }) {
    const { request } = await import('undici')
    return async ({ url }) => {
      const file = createWriteStream(destination)
      const { body } = await request(url)
      await pipeline(body, file)
      return { byteLength: file.bytesWritten }
    }
  },

  async 'fetch + Readable.fromWeb'({ destination }) {
    return async ({ url }) => {
      const file = createWriteStream(destination)
      const { body } = await fetch(url)
      await pipeline(Readable.fromWeb(body as ReadableStream), file)
      return { byteLength: file.bytesWritten }
    }
  },
})
