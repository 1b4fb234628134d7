/** Reads every hostile body, as gzip brings it, until it is refused; prints the errors and the peak of memory. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { parseDataValues, parseRows } from '../../lib/index.ts'
import { endless, hostileBodies, hostileSets } from './hostile-bodies.ts'

const maxBufferedBytes = 32 * 1024 * 1024

const errors: Record<string, unknown> = {}
for (const [parse, bodies] of [
  [parseRows, hostileBodies],
  [parseDataValues, hostileSets],
] as const) {
  for (const [what, body] of Object.entries(bodies)) {
    const path = what.startsWith('an SQL view') ? { path: 'listGrid' } : {}
    const stage = parse({ maxBufferedBytes, ...path }).resume()
    const { code, message } = await pipeline(
      Readable.from(endless(body)),
      createGzip({ level: 1 }),
      createGunzip(),
      stage,
    ).catch((error) => error)
    errors[what] = `${code}: ${message}`
  }
}
console.log(JSON.stringify({ errors, peakBytes: process.resourceUsage().maxRSS * 1024 }))
