/**
 * ndjson: the bytes of a file to a line of JSON for each row, by `parseRows() | toObjects() | toNdjson()`.
 *
 * The peers: the same with a `mapRows()` in front, which makes rows and objects of what else stays a column at a time; and
 * stream-json as one chain of functions with `JSON.stringify` of an object a row. Their lines are the same, byte for byte.
 */
import { ratio } from '../race.ts'
import { ours } from './job.ts'
import { jobOfShapes } from './shapes.ts'

const byRows = 'the same by rows'
const streamed = 'stream-json + JSON.stringify'
const contestants = { ours: undefined, [byRows]: undefined, [streamed]: undefined }

export const ndjson = jobOfShapes('ndjson', contestants, (results) => [
  { what: `speed of ${byRows}`, measured: ratio(results, byRows, ours), unit: '×', atLeast: 3, aim: 5 },
  { what: `speed of ${streamed}`, measured: ratio(results, streamed, ours), unit: '×' },
])
