/**
 * Items of dimensions, without putting strings together: groups, levels, reporting rates, and conditions.
 *
 *     npx tsx examples/dimension-items.ts
 */
import {
  Dhis2Client,
  dataElementGroup,
  itemOf,
  level,
  noValue,
  type RelativePeriod,
  reportingRate,
  where,
  withLegendSet,
} from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 24, eventRows: 12 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const period: RelativePeriod = 'LAST_12_MONTHS'

const coverage = await client.analytics.aggregate({
  dx: [dataElementGroup('h9cuJOkOwY2'), reportingRate('BfMAe6Itzgt')],
  pe: period,
  ou: ['ImspTQPwCqd', level(3)],
})
console.log(`${coverage.height} values`)

const heavy = await client.analytics.events
  .query('IpHINAT79UW', {
    pe: period,
    ou: 'USER_ORGUNIT',
    dimension: [
      where('UXz7xuGCEhU', { GE: 2500, LT: 4000 }),
      where('cejWyOfXge6', { IN: ['Female', noValue] }),
      withLegendSet('qrur9Dvnyt5', 'Yf6UHoPkdS6'),
      itemOf({ stage: 'A03MvHHogjR' }, 'a3kGcGDCuk6'),
    ],
  })
  .aggregate()
console.log(`${heavy.height} events`)

for (const { query } of server.standIn?.requests ?? []) {
  // What freezes periods and org units asks for no data.
  if (query.has('dimension') && !query.has('skipData')) console.log(query.getAll('dimension').join('\n'))
}
