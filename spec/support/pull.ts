/** A process of its own that pulls a grid into a CSV file, and prints its peak memory: `pull.ts <base URL> <file>`. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { demoToken } from '../../examples/support/dhis2-server.ts'
import { countBytes, Dhis2Client, parseRows, personalAccessToken, toCsv } from '../../lib/index.ts'

const [baseUrl = '', path = ''] = process.argv.slice(2)
await using client = new Dhis2Client({ baseUrl, auth: personalAccessToken(demoToken) })
const body = client.analytics.stream({ dx: 'a', pe: '2024', ou: 'b' })
const [read, written] = [countBytes(), countBytes()]
await pipeline(body, read, parseRows(), toCsv(), written, createWriteStream(path))
console.log(
  JSON.stringify({
    readBytes: read.transferredBytes,
    writtenBytes: written.transferredBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
)
