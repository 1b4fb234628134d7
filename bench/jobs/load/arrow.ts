/** The bytes of a file to those of an Arrow stream, against `toCsv()`. Before the race the rows of both are compared. */
import { compare, type Race, race, ratio } from '../../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows } from '../job.ts'
import { loadEntry } from './entry.ts'

const csv = 'toCsv'

export const arrow: Job = async function* (workshop, options) {
  const { grid, small, entry } = await loadEntry(workshop, options)
  const arrows: Race = { ...entry, job: 'load/arrow', contestants: { ours: undefined, [csv]: undefined } }
  await compare(workshop, { ...arrows, task: { grid: small } })
  const results = await race(workshop, arrows)
  yield {
    title: 'load, Arrow',
    note: sizeText(grid),
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      { what: `speed of ${csv}`, measured: ratio(results, csv, ours), unit: '×', atLeast: 0.6, aim: 1.2 },
    ],
  }
}
