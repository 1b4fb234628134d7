/**
 * Serves the benchmark's grids at `/api/analytics.json?grid=<name>`, in a process of its own and with as little work
 * as there can be, so that it is never what is measured. Prints its origin when it listens; ends with its stdin.
 *
 *     node out/bench/server.js <folder of the grids>
 */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'

/** What is larger comes from the disk each time. */
const keptBytes = 200_000_000

const folder = process.argv[2]!
const kept = new Map<string, Buffer>()

const server = createServer(async ({ url = '', method }, response) => {
  const name = new URL(url, 'http://server').searchParams.get('grid')!
  const path = join(folder, `${name}.json`)
  const { size } = await stat(path)
  const bytes = size > keptBytes ? undefined : (kept.get(name) ?? (await readFile(path)))
  if (bytes) kept.set(name, bytes)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': size })
  if (bytes || method === 'HEAD') response.end(bytes)
  else pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), response, () => undefined)
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.on('end', () => process.exit()).resume()
