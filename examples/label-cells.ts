/**
 * Names beside the ids, and only some of the columns.
 *
 *     npx tsx examples/label-cells.ts
 */
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, labelCells, parseRows, selectColumns, toCsv, toFile } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer()
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

await pipeline(
  client.analytics.stream({ dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: ['USER_ORGUNIT', 'LEVEL-3'] }),
  parseRows(),
  // Names are in the answer's metaData. With `hierarchy: true`, and `params: { hierarchyMeta: true }` in the query, the
  // levels above each org unit are there as well: ou.level1, ou.level2, …
  labelCells({ mode: 'add' }),
  selectColumns({
    ou: 'ou',
    'ou.name': 'facility',
    'pe.name': 'month',
    'dx.name': 'indicator',
    value: 'value',
  }),
  toCsv(),
  toFile('out/labelled.csv'),
)
console.log('Wrote out/labelled.csv')
