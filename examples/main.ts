/**
 * The main job, `npm start`: a large pivot, from the server into a CSV file, in constant memory.
 *
 * On its own it pulls made-up rows from a stand-in server in this process. To pull from your own, set
 * DHIS2_URL and DHIS2_PAT (or DHIS2_USERNAME and DHIS2_PASSWORD), and say what you want:
 *
 *     npm start -- --dx 'fbfJHSPpUQD;cYeuwXTCPkU' --pe LAST_12_MONTHS --ou 'USER_ORGUNIT;LEVEL-3'
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { countBytes, Dhis2Client, type Progress, parseRows, toCsv, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

const file = 'out/pivot.csv'
const query = queryFromArguments()

await using server = await openServer({ rows: 1_000_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
console.error(`Pulling ${server.standIn ? 'a million made-up rows from a stand-in server' : server.url} …`)

const body = client.analytics.stream(query)
const bytesIn = countBytes({ onProgress, intervalMs: 250 })
const csv = toCsv()

const startedAt = performance.now()
await pipeline(body, bytesIn, parseRows(), csv, toFile(file))
const seconds = (performance.now() - startedAt) / 1000

console.log(`
rows         ${csv.rowCount.toLocaleString('en')}
bytes in     ${megabytes(bytesIn.transferredBytes)} of JSON
bytes out    ${megabytes(csv.byteCount)} of CSV, in ${file}
seconds      ${seconds.toFixed(2)} (${megabytes(bytesIn.transferredBytes / seconds)} per second)
peak memory  ${megabytes(process.resourceUsage().maxRSS * 1024)}, ${server.standIn ? 'with the stand-in server' : 'all in all'}

The first lines of ${file}:`)
for (const line of await firstLines(5)) console.log(`  ${line}`)

function queryFromArguments(): { dx: string; pe: string; ou: string } {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    options: { dx: text, pe: text, ou: text },
    allowPositionals: true,
  })
  const [dx = values.dx, pe = values.pe, ou = values.ou] = positionals
  if (dx && pe && ou) return { dx, pe, ou }
  // The stand-in sends the same rows whatever it is asked.
  if (!process.env['DHIS2_URL']) return { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: 'LEVEL-4' }
  console.error(`Say what to pull from ${process.env['DHIS2_URL']}: data, periods and organisation units, such as

  npm start -- --dx 'fbfJHSPpUQD;cYeuwXTCPkU' --pe LAST_12_MONTHS --ou 'USER_ORGUNIT;LEVEL-3'
`)
  process.exit(2)
}

function onProgress({ transferredBytes, totalBytes, done }: Progress) {
  const share = totalBytes ? ` of ${megabytes(totalBytes)}` : ''
  const line = `${megabytes(transferredBytes)}${share}, ${csv.rowCount.toLocaleString('en')} rows`
  process.stderr.write(process.stderr.isTTY && !done ? `${line} \r` : `${line}\n`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

async function firstLines(count: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (lines.push(line) === count) break
  }
  return lines
}
