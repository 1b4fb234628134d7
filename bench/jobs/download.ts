/**
 * download: an HTTP request to a file.
 *
 * `ours` is `client.analytics.streamTo()`, which also counts, looks for the end of the JSON, flushes the file to the
 * disk and renames it into place. The peers do none of that: `undici.request` with a pipeline into createWriteStream,
 * `fetch` with `Readable.fromWeb`, and `curl -o` where it is installed (by its own clock, so that its start is not
 * counted). After every run the file is compared to what was served. `their time ÷ ours` of 1.5 says that they take half
 * as long again.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Command, race, ratio } from '../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const undici = 'undici.request + pipeline'
const curl: Command = ({ grid, destination }) => [
  'curl',
  ...['--silent', '--fail', '--output', destination],
  ...['--write-out', '{"seconds":%{time_total},"byteLength":%{size_download}}', grid.url],
]

export const download: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
  const hasCurl = spawnSync('curl', ['--version']).status === 0
  const grid = await workshop.grid({ shape: 'narrow', rows })
  const expected = await hashOf(grid.path)
  const results = await race(workshop, {
    job: 'download',
    contestants: {
      ours: undefined,
      [undici]: undefined,
      'fetch + Readable.fromWeb': undefined,
      ...(hasCurl && { curl }),
    },
    task: { grid, warmUp: { grid: await warmUpGrid(workshop, 'narrow'), milliseconds } },
    rounds,
    async inspect(name) {
      if ((await hashOf(workshop.destination)) !== expected)
        throw new Error(`download: ${name} wrote something else`)
      await rm(workshop.destination)
    },
  })
  yield {
    title: 'download',
    note: sizeText(grid),
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      { what: `speed of ${undici}`, measured: ratio(results, undici, ours), unit: '×', atLeast: 1, aim: 1.5 },
      ...(hasCurl
        ? [
            {
              what: 'speed of curl',
              measured: ratio(results, 'curl', ours),
              unit: '×',
              atLeast: 0.4,
              aim: 0.7,
            } as const,
          ]
        : []),
    ],
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha1')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
