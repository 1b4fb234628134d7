/**
 * Fewer rows, other rows, and batches of them, for a sink that inserts many at a time.
 *
 *     npx tsx examples/filter-and-map.ts
 */
import { pipeline } from 'node:stream/promises'
import { batchRows, Dhis2Client, filterRows, mapRows, validateRows } from 'dhis2-analytics-stream'
import { z } from 'zod'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 10_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

// A row that is anything else stops the stream, with an error that names row and column.
const row = z.tuple([z.string(), z.string(), z.string(), z.coerce.number()])
type PivotRow = z.infer<typeof row>

const newHeaders = ['facility', 'year', 'value']
const batches = batchRows<[string, string, number]>(500)

await pipeline(
  client.analytics.rows({
    dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
    pe: 'LAST_12_MONTHS',
    ou: ['USER_ORGUNIT', 'LEVEL-4'],
  }),
  validateRows(row),
  filterRows(([, , , value]: PivotRow) => value >= 1000),
  mapRows(([, pe, ou, value]: PivotRow) => [ou, pe.slice(0, 4), value], { headers: newHeaders }),
  batches,
  async (source) => {
    for await (const batch of source) {
      const columns = batches.headers!.map(({ name }) => name)
      console.log(`${batch.length} rows of ${columns}, the first ${batch[0]}`)
    }
  },
)
