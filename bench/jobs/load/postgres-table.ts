import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import type { GridWithCsv } from '../../workshop.ts'

/** Tables for contestants, each with the name of its grid, made anew before each run out of one that is ready. */
export interface PostgresTables extends AsyncDisposable {
  empty(): Promise<void>
  /** All rows with a primary key, their values as `value` says in SQL; `storage` is what the table is made with besides. */
  full(value: string, storage?: string): Promise<void>
  /** How many rows there are in the table of the large grid, and a checksum. */
  look(): Promise<string>
  /** Bytes of that table, with its index. */
  size(): Promise<number>
}

export async function postgresTables(
  url: string,
  grids: readonly [GridWithCsv, ...GridWithCsv[]],
): Promise<PostgresTables> {
  const client = new pg.Client(url)
  await client.connect()
  const main = `"${grids[0].name}"`
  for (const { name, csvPath } of grids) {
    await client.query(`CREATE TABLE "ready ${name}" (dx text, pe text, ou text, value double precision)`)
    const copy = client.query(from(`COPY "ready ${name}" FROM STDIN WITH (FORMAT csv, HEADER true)`))
    await pipeline(createReadStream(csvPath), copy)
    await client.query(`ANALYZE "ready ${name}"`)
  }
  const make = async (sqlOf: (name: string) => string) => {
    for (const { name } of grids) {
      await client.query(`DROP TABLE IF EXISTS "${name}"`)
      await client.query(sqlOf(name))
      await client.query(`VACUUM ANALYZE "${name}"`)
    }
    await client.query('CHECKPOINT')
  }
  return {
    empty: () => make((name) => `CREATE TABLE "${name}" (LIKE "ready ${name}")`),
    full: (value, storage = '') =>
      make(
        (name) =>
          `CREATE TABLE "${name}" ${storage} AS SELECT dx, pe, ou, ${value} AS value FROM "ready ${name}";
           ALTER TABLE "${name}" ADD PRIMARY KEY (dx, pe, ou)`,
      ),
    async look() {
      const { rows } = await client.query(
        `SELECT count(*) || ' rows, checksum ' || sum(hashtext(t::text)) AS look FROM ${main} t`,
      )
      return rows[0].look
    },
    async size() {
      const { rows } = await client.query('SELECT pg_total_relation_size($1) AS size', [main])
      return Number(rows[0].size)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
