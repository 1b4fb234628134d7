/** Of a narrow grid, as a table function of DuckDB: the columns of its CSV, and of its JSON. */
import type { GridFile } from '../contest.ts'

export function readCsv({ csvPath }: GridFile): string {
  const columns = "{dx: 'VARCHAR', pe: 'VARCHAR', ou: 'VARCHAR', value: 'DOUBLE'}"
  return `SELECT * FROM read_csv('${csvPath}', header = true, columns = ${columns})`
}

export function readJson({ path, byteLength }: GridFile): string {
  const options = `columns = {rows: 'VARCHAR[][]'}, maximum_object_size = ${byteLength + 1}`
  return `SELECT r[1] AS dx, r[2] AS pe, r[3] AS ou, r[4]::DOUBLE AS value
          FROM (SELECT unnest(rows) AS r FROM read_json('${path}', ${options}))`
}
