/**
 * A star in DuckDB: the facts of one query, the tables that stand around them, and a question in SQL. Run again, with the
 * same query or another, it is right again.
 *
 *     npx tsx examples/star.ts
 */
import { mkdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { castCells, Dhis2Client, dimensionTables } from 'dhis2-analytics-stream'
import { toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { openServer } from './support/server.ts'

// The stand-in answers what it is asked.
await using server = await openServer({ rows: undefined })
await using client = new Dhis2Client({ baseUrl: server.url, auth: server.auth })
await mkdir('out', { recursive: true })
const instance = await DuckDBInstance.fromCache('out/star.duckdb')
const connection = await instance.connect()

const facts = client.analytics.rows({
  dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'],
  pe: 'LAST_12_MONTHS',
  ou: 'LEVEL-3',
})
const sink = toDuckDb({ connection, table: 'facts', mode: 'replace-slice', create: true })
await pipeline(facts, castCells(), sink)
console.log(`facts: ${sink.rowCount} rows`)

// One row for each id in the facts. Rows of earlier queries stay for the facts of those.
const { orgUnits, dataItems, periods } = dimensionTables(client, facts)
for (const [table, rows] of Object.entries({ org_units: orgUnits, data_items: dataItems, periods })) {
  const sink = toDuckDb({ connection, table, mode: 'upsert', create: true })
  await pipeline(rows, sink)
  console.log(`${table}: ${sink.rowCount} rows`)
}

const answer = await connection.runAndReadAll(`
  SELECT o.level2_name AS district, quarter(p.start) AS quarter, d.name AS item, round(sum(f.value)) AS value
  FROM facts f
  JOIN org_units o ON o.id = f.ou
  JOIN periods p ON p.id = f.pe
  JOIN data_items d ON d.id = f.dx
  GROUP BY ALL
  ORDER BY value DESC, district, quarter, item
  LIMIT 5`)
for (const cells of answer.getRowsJson()) console.log(cells.join(', '))
connection.disconnectSync()
instance.closeSync()
