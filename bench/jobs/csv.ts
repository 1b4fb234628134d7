/**
 * csv: the bytes of a file to the bytes of CSV.
 *
 * `ours` is `createReadStream | parseRows() | toCsv() | Writable`. The peers: stream-json as one chain of functions with
 * csv-stringify behind it, and the whole file read and parsed at once with csv-stringify's sync call. Their
 * CSV is the same, byte for byte. The floor is a loop that copies the bytes, one by one.
 *
 * The grids are those of parse: narrow, and as many bytes of wide. `their time ÷ ours` of 5 says that ours takes a
 * fifth of the time.
 */
import { compare, type Race, race, ratio } from '../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const streamed = 'stream-json + csv-stringify'
const contestants = {
  ours: undefined,
  [streamed]: undefined,
  'whole JSON.parse + csv-stringify/sync': undefined,
  'floor: one pass that copies': undefined,
}
const targets = { narrow: { atLeast: 5, aim: 12 }, wide: { atLeast: 3, aim: 6 } }

export const csv: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
  const narrow = await workshop.grid({ shape: 'narrow', rows })
  for (const shape of ['narrow', 'wide'] as const) {
    const small = await warmUpGrid(workshop, shape)
    const grid = await workshop.grid({
      shape,
      rows: shape === 'narrow' ? rows : workshop.rowsFor(narrow.byteLength, 'wide'),
    })
    const entry: Race = {
      job: 'csv',
      contestants,
      task: { grid, warmUp: { grid: small, milliseconds } },
      rounds,
    }
    await compare(workshop, { ...entry, task: { grid: small } })
    const results = await race(workshop, entry)
    yield {
      title: `csv, ${shape}`,
      note: sizeText(grid),
      columns: throughputColumns,
      rows: throughputRows(results, grid),
      targets: [
        {
          what: `speed of ${streamed}`,
          measured: ratio(results, streamed, ours),
          unit: '×',
          ...targets[shape],
        },
      ],
    }
  }
}
