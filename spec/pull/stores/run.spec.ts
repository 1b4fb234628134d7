import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { Dhis2Client, type PieceStore, personalAccessToken } from 'dhis2-analytics-stream'
import { duckDbTable } from 'dhis2-analytics-stream/duckdb'
import { postgresTable } from 'dhis2-analytics-stream/postgres'
import { sqliteTable } from 'dhis2-analytics-stream/sqlite'
import { countryOf, demoToken, type StandIn, startDhis2 } from 'dhis2-analytics-stream/testing'
import pg from 'pg'
import { ask, drivers } from '../../support/sqlite-drivers.ts'
import { startTestPostgres } from '../../support/test-postgres.ts'
import { eventsOf, quick, reportOf } from '../toy.ts'

const country = countryOf({ seed: 3, orgUnits: 60, levels: 4 })

describe('a run into a table', () => {
  let server: StandIn
  let client: Dhis2Client
  let whole: string[]
  let listed: string[]
  const query = {
    dx: country.dataElements
      .filter(({ aggregationType }) => ['SUM', 'LAST', 'MAX'].includes(aggregationType))
      .slice(0, 6)
      .map(({ id }) => id),
    pe: ['LAST_12_MONTHS', '2024Q1'],
    ou: ['LEVEL-4', 'LEVEL-2'],
  }
  const events = {
    endpoint: `/api/analytics/events/query/${country.program.id}.json`,
    pe: ['2024Q1', '2024Q2'],
    ou: 'LEVEL-4',
  } as const

  before(async () => {
    server = await startDhis2({ country })
    client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
    const { rows } = await client.analytics.aggregate(query)
    whole = rows.map((row) => row.join()).sort()
    assert.ok(whole.length > 500)
    listed = (await client.analytics.rows(events).toArray()).map(([psi]) => String(psi)).sort()
    assert.ok(listed.length > 10)
  })
  after(async () => {
    await client.close()
    await server.close()
  })

  async function holds(store: (table: string) => PieceStore, rows: (sql: string) => Promise<unknown[][]>) {
    const pull = await client.analytics.plan(query, { pieceCells: 300 })
    // Left in the middle, and gone on with.
    for await (const event of pull.run({ into: store('anc'), pace: quick })) {
      if (event.type === 'piece' && event.progress.piecesDone === 2) break
    }
    const report = await reportOf(await eventsOf(pull.run({ into: store('anc'), pace: quick })))
    assert.equal(report.rowCount, whole.length)
    const found = await rows('SELECT dx, pe, ou, value FROM anc')
    const known = whole.map((row) => row.split(','))
    assert.deepEqual(
      found.map(([dx, pe, ou, value]) => [dx, pe, ou, Number(value)].join()).sort(),
      known.map(([dx, pe, ou, value]) => [dx, pe, ou, Number(value)].join()).sort(),
    )
    const again = await reportOf(await eventsOf(pull.run({ into: store('anc'), pace: quick })))
    assert.equal(again.requestCount, 0)
    const list = await client.analytics.plan(events)
    await reportOf(await eventsOf(list.run({ into: store('events'), pace: quick })))
    assert.deepEqual((await rows('SELECT psi FROM events')).map(([psi]) => String(psi)).sort(), listed)
  }

  it('has the rows of the whole in Postgres', async () => {
    await using postgres = await startTestPostgres()
    const pool = new pg.Pool({ connectionString: postgres.url })
    await holds(
      (table) => postgresTable({ client: pool, table }),
      async (text) => (await postgres.other.query({ text, rowMode: 'array' })).rows,
    )
    await pool.end()
  })

  it('ends where the pool is ended meanwhile, for another to go on', async () => {
    await using postgres = await startTestPostgres()
    const pull = await client.analytics.plan(query, { pieceCells: 300 })
    for (const [max, after] of [
      [1, 1],
      [2, 2],
      [4, 3],
    ] as const) {
      const pool = new pg.Pool({ connectionString: postgres.url, max })
      let ended: Promise<void> | undefined
      const run = async () => {
        for await (const event of pull.run({
          into: postgresTable({ client: pool, table: 'anc' }),
          pace: quick,
          concurrency: { start: 4, max: 4 },
        })) {
          if (event.type === 'piece' && event.progress.piecesDone >= after) ended ??= pool.end()
        }
      }
      await assert.rejects(run(), { message: /^The Pool was ended with pool\.end\(\) while it was needed/ })
      await ended
    }
    const pool = new pg.Pool({ connectionString: postgres.url })
    const into = postgresTable({ client: pool, table: 'anc' })
    assert.equal((await reportOf(await eventsOf(pull.run({ into, pace: quick })))).rowCount, whole.length)
    await pool.end()
  })

  it('has the rows of the whole in DuckDB', async () => {
    const connection = await (await DuckDBInstance.create()).connect()
    await holds(
      (table) => duckDbTable({ connection, table }),
      async (sql) => (await connection.runAndReadAll(sql)).getRows(),
    )
    connection.disconnectSync()
  })

  it('has the rows of the whole in SQLite', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
    const database = drivers[0]!.open(join(directory, 'facts.db'))
    await holds(
      (table) => sqliteTable({ database, table }),
      async (sql) => ask(database, sql).map(Object.values),
    )
    database.close()
    await rm(directory, { recursive: true })
  })
})
