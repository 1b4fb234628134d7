/**
 * labels: the bytes of a file to the bytes of CSV, by `parseRows() | labelCells() | castCells() | toCsv()`.
 *
 * The peers: the same with a `mapRows()` in front, which makes rows of what else stays a column at a time, and whose CSV
 * is the same, byte for byte; and stream-json with csv-stringify, which puts in no names and makes no numbers.
 */
import { ratio } from '../race.ts'
import { ours } from './job.ts'
import { jobOfShapes } from './shapes.ts'

const byRows = 'the same by rows'
const streamed = 'stream-json + csv-stringify'
const contestants = { ours: undefined, [byRows]: undefined, [streamed]: undefined }

export const labels = jobOfShapes('labels', contestants, (results) => [
  { what: `speed of ${streamed}`, measured: ratio(results, streamed, ours), unit: '×', atLeast: 6, aim: 12 },
])
