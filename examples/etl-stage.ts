/**
 * A stage of your own in the middle: an async generator that filters and reshapes rows.
 *
 *     npx tsx examples/etl-stage.ts
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, parseRows, type Row, toCsv, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 10_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

/** The large values, with the year and the month in columns of their own. */
async function* largeValues(rows: AsyncIterable<Row>) {
  for await (const [dx, pe, ou, value] of rows) {
    if (Number(value) < 1000) continue
    const period = String(pe)
    yield {
      facility: ou,
      year: period.slice(0, 4),
      month: period.slice(4),
      indicator: dx,
      value: Number(value),
    }
  }
}

await pipeline(
  client.analytics.stream({
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-4'],
  }),
  parseRows(),
  largeValues,
  // A generator announces no headers. Named columns give a header line even where nothing passes the filter.
  toCsv({ columns: ['facility', 'year', 'month', 'indicator', 'value'] }),
  toFile('out/large-values.csv'),
)
console.log('Wrote out/large-values.csv')
