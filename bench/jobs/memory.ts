/**
 * memory: our peak memory, with 100 MB of JSON and with 1 GB of it (30 and 300 MB with --quick).
 *
 * Our ways in constant memory: a file to rows, to CSV with names and numbers, to NDJSON and to Arrow; HTTP to CSV in a
 * file, and HTTP to a file. Nothing is warmed up. `larger ÷ smaller` of 1 says
 * that the size does not matter; an idle Node is some 40 MB of either number. The lines of the CSV are counted.
 */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { medianOf, race } from '../race.ts'
import { decimals, type Table } from '../report.ts'
import { type Job, sizeText } from './job.ts'

const contestants = {
  'file → rows': undefined,
  'file → labels, numbers → CSV': undefined,
  'file → objects → NDJSON': undefined,
  'file → Arrow': undefined,
  'HTTP → rows → CSV → file': undefined,
  'HTTP → file': undefined,
}

export const memory: Job = async function* (workshop, { memoryBytes, rounds }) {
  const sizes: { grid: string; peaks: number[]; speeds: number[] }[] = []
  for (const byteLength of memoryBytes) {
    const grid = await workshop.grid({ shape: 'narrow', rows: workshop.rowsFor(byteLength, 'narrow') })
    const results = await race(workshop, {
      job: 'memory',
      contestants,
      task: { grid },
      rounds: Math.min(rounds, 3),
      async inspect(_, { csvBytes }) {
        if (csvBytes === undefined) return
        const lines = await linesOf(workshop.destination)
        if (lines !== grid.rows + 1)
          throw new Error(`memory: ${lines} lines for ${grid.rows} rows and a header`)
      },
    })
    await rm(workshop.destination)
    sizes.push({
      grid: sizeText(grid),
      peaks: Object.keys(contestants).map((name) => medianOf(results, name, 'peakBytes')),
      speeds: Object.keys(contestants).map((name) => grid.byteLength / medianOf(results, name, 'seconds')),
    })
  }
  const [smaller, larger] = sizes as [(typeof sizes)[0], (typeof sizes)[0]]
  yield {
    title: 'memory',
    note: `${smaller.grid}, and ${larger.grid}`,
    columns: ['', 'smaller: peak MB', 'MB/s of JSON', 'larger: peak MB', 'MB/s of JSON', 'larger ÷ smaller'],
    rows: Object.keys(contestants).map((name, at) => [
      name,
      (smaller.peaks[at]! / 1e6).toFixed(0),
      decimals(smaller.speeds[at]! / 1e6),
      (larger.peaks[at]! / 1e6).toFixed(0),
      decimals(larger.speeds[at]! / 1e6),
      decimals(larger.peaks[at]! / smaller.peaks[at]!),
    ]),
    targets: Object.keys(contestants).flatMap((name, at): Table['targets'] => [
      {
        what: `${name}: larger ÷ smaller`,
        measured: larger.peaks[at]! / smaller.peaks[at]!,
        unit: '×',
        less: true,
        atLeast: 1.2,
      },
      { what: `${name}: peak`, measured: larger.peaks[at]! / 1e6, unit: ' MB', less: true, aim: 100 },
    ]),
  }
}

async function linesOf(path: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
  }
  return lines
}
