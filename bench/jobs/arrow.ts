/**
 * arrow: the bytes of a file to the bytes of an Arrow stream, by `parseRows() | toArrow()`.
 *
 * Beside it stands what stream-json takes as three piped streams to come to the rows, of which nothing is made then.
 * Before the race the rows are compared. How large the output is counts too.
 */
import { compare, type Race, race, ratio } from '../race.ts'
import { decimals } from '../report.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const three = 'stream-json, three stages'

export const arrow: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
  const small = await warmUpGrid(workshop, 'narrow')
  const grid = await workshop.grid({ shape: 'narrow', rows })
  const entry: Race = {
    job: 'arrow',
    contestants: { ours: undefined, [three]: undefined },
    task: { grid, warmUp: { grid: small, milliseconds } },
    rounds,
  }
  await compare(workshop, { ...entry, task: { grid: small } })
  const results = await race(workshop, entry)
  const writtenBytes = results.get(ours)![0]!.writtenBytes!
  yield {
    title: 'arrow',
    note: `${sizeText(grid)}; ${decimals(writtenBytes / 1e6)} MB of Arrow`,
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      { what: `speed of ${three}`, measured: ratio(results, three, ours), unit: '×', atLeast: 20, aim: 30 },
      {
        what: 'size of the JSON',
        measured: writtenBytes / grid.byteLength,
        unit: '×',
        less: true,
        atLeast: 0.33,
      },
    ],
  }
}
