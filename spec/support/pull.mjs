/** A process of its own that pulls a grid into a CSV file, and prints its peak memory: `pull.mjs <package> <base URL> <token> <file>`. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

const [where = '', baseUrl = '', token = '', path = ''] = process.argv.slice(2)
const { countBytes, Dhis2Client, parseRows, personalAccessToken, toCsv } = await import(where)
const client = new Dhis2Client({ baseUrl, auth: personalAccessToken(token) })
const body = client.analytics.stream({ dx: 'a', pe: '2024', ou: 'b' })
const [read, written] = [countBytes(), countBytes()]
await pipeline(body, read, parseRows(), toCsv(), written, createWriteStream(path))
await client.close()
console.log(
  JSON.stringify({
    readBytes: read.transferredBytes,
    writtenBytes: written.transferredBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
)
