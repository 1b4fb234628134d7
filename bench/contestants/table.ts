/** table: from an HTTP request to typed columns in memory. */
import { createHash } from 'node:crypto'
import { contest } from './contest.ts'

await contest({
  async ours(task) {
    const { Dhis2Client } = await import('dhis2-analytics-stream')
    const client = new Dhis2Client({ baseUrl: task.origin })
    return async ({ name }) => {
      const table = await client.analytics.table({ params: { grid: name } })
      return { rows: table.length, digest: task.digest ? digestOf(table) : undefined }
    }
  },

  /** Rows of text, as there is nothing that types them. */
  async 'fetch, json()'({ digest }) {
    return async ({ url }) => {
      const { rows } = (await (await fetch(url)).json()) as { rows: string[][] }
      const typed = () => rows.map(([dx, pe, ou, value]) => [dx, pe, ou, value === '' ? null : Number(value)])
      return { rows: rows.length, digest: digest ? digestOf(typed()) : undefined }
    }
  },

  /** Reads the body and keeps nothing of it: what is left of memory is the table. */
  async 'floor: undici.request, thrown away'() {
    const { request } = await import('undici')
    return async ({ url }) => {
      const { body } = await request(url)
      let byteLength = 0
      for await (const chunk of body) byteLength += (chunk as Buffer).length
      return { byteLength }
    }
  },

  /** From the file, as it has HTTP from an extension only that it downloads. */
  async 'DuckDB, read_json of the file'({ digest }) {
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    return async ({ path, byteLength }) => {
      const source = `read_json('${path}', columns = {rows: 'VARCHAR[][]'}, maximum_object_size = ${byteLength + 1})`
      await connection.run(
        `CREATE OR REPLACE TABLE grid AS SELECT r[1] AS dx, r[2] AS pe, r[3] AS ou, TRY_CAST(r[4] AS DOUBLE) AS value
         FROM (SELECT unnest(rows) AS r FROM ${source})`,
      )
      const counted = await connection.runAndReadAll('SELECT count(*) FROM grid')
      const rows = Number(counted.getRows()[0]![0])
      if (!digest) return { rows }
      return { rows, digest: digestOf((await connection.runAndReadAll('SELECT * FROM grid')).getRows()) }
    }
  },
})

function digestOf(rows: Iterable<unknown>): string {
  const hash = createHash('sha1')
  for (const row of rows) hash.update(JSON.stringify(row))
  return hash.digest('hex')
}
