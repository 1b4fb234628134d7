/**
 * parse: the bytes of a file to rows.
 *
 * `ours` is `createReadStream | parseRows() | Writable`; a row arrives as an array, one at a time. The peers:
 * stream-json as three piped streams and as one chain of functions, `@streamparser/json`, and the whole file read and
 * parsed at once, which holds all of it in memory. The floors are no parsers, and show what the machine allows:
 * `JSON.parse` of slices of 64 KB without streams and without a look at what is wrong, and a loop that looks at every
 * byte. Before the race the rows of all are compared.
 *
 * Three grids: narrow (4 columns, a pivot), wide (40 columns of events: quotes, geometry, non-ASCII text), and narrow
 * behind 30 MB of metaData (10 MB with --quick), which stream-json's `pick` and `@streamparser/json` throw away while
 * the others keep it. `their time ÷ ours` of 5 says that ours takes a fifth of the time.
 */
import type { GridOptions } from '../../lib/testing/grid-bytes.ts'
import { compare, type Race, race, ratio } from '../race.ts'
import type { Target } from '../report.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const three = 'stream-json, three stages'
const whole = 'whole file, JSON.parse'
const floor = 'floor: JSON.parse of slices'
const contestants = {
  ours: undefined,
  [three]: undefined,
  'stream-json, one chain': undefined,
  '@streamparser/json': undefined,
  [whole]: undefined,
  [floor]: undefined,
  'floor: one pass over the bytes': undefined,
}

export const parse: Job = async function* (
  workshop,
  { rows, rounds, metaDataBytes, warmUpMs: milliseconds },
) {
  const narrow = await workshop.grid({ shape: 'narrow', rows })
  const grids: [string, GridOptions, Partial<Record<string, Pick<Target, 'atLeast' | 'aim'>>>][] = [
    [
      'narrow',
      { shape: 'narrow', rows },
      { [three]: { atLeast: 10, aim: 16 }, [whole]: { atLeast: 2 }, [floor]: { aim: 0.75 } },
    ],
    [
      'wide',
      { shape: 'wide', rows: workshop.rowsFor(narrow.byteLength, 'wide') },
      { [three]: { atLeast: 6, aim: 9 } },
    ],
    [`metaData of ${metaDataBytes / 1e6} MB`, { shape: 'narrow', rows, metaDataBytes }, {}],
  ]
  for (const [name, options, targets] of grids) {
    const small = await warmUpGrid(workshop, options.shape!)
    const grid = await workshop.grid(options)
    const entry: Race = {
      job: 'parse',
      contestants,
      task: { grid, warmUp: { grid: small, milliseconds } },
      rounds,
    }
    await compare(workshop, { ...entry, task: { grid: small } })
    const results = await race(workshop, entry)
    yield {
      title: `parse, ${name}`,
      note: sizeText(grid),
      columns: throughputColumns,
      rows: throughputRows(results, grid),
      targets: Object.entries(targets).map(([peer, target]) => ({
        what: `speed of ${peer}`,
        measured: ratio(results, peer, ours),
        unit: '×',
        ...target,
      })),
    }
  }
}
