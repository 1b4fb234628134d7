/**
 * csv: the bytes of a file to the bytes of CSV.
 *
 * `ours` is `createReadStream | parseRows() | toCsv() | Writable`. The peers: stream-json as one chain of functions with
 * csv-stringify behind it, and the whole file read and parsed at once with csv-stringify's sync call. Their
 * CSV is the same, byte for byte. The floors are a stream of the file whose chunks are
 * copied in memory, and a loop that copies the bytes one by one.
 *
 * The grids are those of parse: narrow, and as many bytes of wide. `their time ÷ ours` of 5 says that ours takes a
 * fifth of the time.
 */
import { ratio } from '../race.ts'
import { ours } from './job.ts'
import { jobOfShapes } from './shapes.ts'

const streamed = 'stream-json + csv-stringify'
const copy = 'floor: a memory copy'
const contestants = {
  ours: undefined,
  [streamed]: undefined,
  'whole JSON.parse + csv-stringify/sync': undefined,
  [copy]: undefined,
  'floor: one pass that copies': undefined,
}
const targets = { narrow: { atLeast: 30, aim: 60 }, wide: { atLeast: 20, aim: 40 } }

export const csv = jobOfShapes('csv', contestants, (results, shape) => [
  {
    what: `speed of ${streamed}`,
    measured: ratio(results, streamed, ours),
    unit: '×',
    ...targets[shape],
  },
  { what: `speed of ${copy}`, measured: ratio(results, copy, ours), unit: '×', atLeast: 0.5 },
])
