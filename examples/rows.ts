/**
 * Rows, one by one: totals of a pivot of any size, in constant memory.
 *
 *     npx tsx examples/rows.ts
 */
import { Dhis2Client } from 'dhis2-analytics-stream'
import { openServer } from './support/server.ts'

await using server = await openServer({ rows: 50_000 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })

const rows = client.analytics.rows({
  dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
  pe: 'LAST_12_MONTHS',
  ou: ['USER_ORGUNIT', 'LEVEL-4'],
})

const totals = new Map<string, number>()
for await (const [dx, , , value] of rows) {
  totals.set(String(dx), (totals.get(String(dx)) ?? 0) + Number(value))
}

console.log(`${rows.rowCount} rows`)
for (const [dx, total] of totals) console.log(`${rows.metaData?.items?.[dx]?.name}: ${total.toFixed(1)}`)
