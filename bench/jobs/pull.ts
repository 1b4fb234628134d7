/**
 * pull: an HTTP request to a CSV file, by `stream() | parseRows() | toCsv() | toFile()`.
 *
 * It is measured by what it takes to write the JSON to a file as it comes: 0.8 says that the CSV takes a quarter longer.
 */
import { rm } from 'node:fs/promises'
import { race, ratio } from '../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const asItComes = 'HTTP → file'

export const pull: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
  const grid = await workshop.grid({ shape: 'narrow', rows })
  const results = await race(workshop, {
    job: 'pull',
    contestants: { ours: undefined, [asItComes]: undefined },
    task: { grid, warmUp: { grid: await warmUpGrid(workshop, 'narrow'), milliseconds } },
    rounds,
    inspect: () => rm(workshop.destination),
  })
  yield {
    title: 'pull',
    note: sizeText(grid),
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      {
        what: `speed of ${asItComes}`,
        measured: ratio(results, asItComes, ours),
        unit: '×',
        atLeast: 0.6,
        aim: 0.85,
      },
    ],
  }
}
