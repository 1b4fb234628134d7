/** A table with the days of each period, and one with a column for each indicator. */
import { readFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  castCells,
  Dhis2Client,
  datePeriods,
  labelCells,
  personalAccessToken,
  pivotRows,
  toCsv,
  toFile,
  toNdjson,
} from 'dhis2-analytics-stream'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

await using standIn = await startDhis2({
  valueFor: ({ dx, pe }) => (dx === 'fbfJHSPpUQD' ? Number(pe) : pe === '202401' ? 1.5 : undefined),
})
await using client = new Dhis2Client({ baseUrl: standIn.url, auth: personalAccessToken(demoToken) })
const question = { dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'], pe: ['202401', '202402'], ou: 'LEVEL-1' }

const dated = client.analytics.rows(question).through(castCells(), datePeriods({ dates: 'date' }))
for await (const row of dated) {
  const [dx, pe, , end, , value] = row
  console.log(dx, pe, end instanceof Date ? end.toISOString() : end, value)
}
console.log(dated.headers?.map(({ name }) => name).join())

const wide = client.analytics
  .rows(question)
  .through(castCells(), datePeriods(), pivotRows('dx'), labelCells())
await pipeline(wide, toCsv({ header: 'column' }), toFile('wide.csv'))
console.log((await readFile('wide.csv', 'utf8')).trimEnd())

const lines = toFile('wide.ndjson', { chunkSize: 100 })
await pipeline(client.analytics.rows(question).through(pivotRows('dx')), toNdjson(), lines)
console.log(lines.byteCount, (await stat('wide.ndjson')).size)
