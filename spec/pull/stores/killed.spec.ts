import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { environment, nodeArguments, root } from '../../support/run-script.ts'
import { ask, drivers, newPath } from '../../support/sqlite-drivers.ts'
import { startTestPostgres } from '../../support/test-postgres.ts'
import { cellsOf, pieceOf } from './contract.ts'

const count = 250
const mostKills = 8

type Rows = Record<string, unknown>[]

/** Starts a run, and ends it a moment after it has said so much; resolves to whether it had ended by itself. */
async function runAndKill(kind: string, place: string, after: number, delayMs: number): Promise<boolean> {
  const args = [...nodeArguments, join(root, 'spec/support/store-load.ts'), kind, place, String(count)]
  const child = spawn(process.execPath, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let failed = ''
  child.stderr.on('data', (bytes) => {
    failed += bytes
  })
  const exit = once(child, 'exit')
  child.stdout.on('data', (bytes) => {
    if (said.length < after && said.length + bytes.length >= after) {
      void sleep(delayMs).then(() => child.kill('SIGKILL'))
    }
    said += bytes
  })
  await exit
  assert.ok(child.signalCode === 'SIGKILL' || said.endsWith(' done'), failed)
  return said.endsWith(' done')
}

/** Runs it to its end, however often it is killed; what is there in between is told by `ask`. */
async function outlive(
  kind: string,
  place: string,
  query: (sql: string) => Promise<Rows>,
  afterKill: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  let kills = 0
  let stages = 0
  let before = 0
  for (let isDone = false; !isDone; ) {
    // The last one is left alone.
    const after = kills < mostKills ? 1 + ((kills * 5) % 17) : Number.POSITIVE_INFINITY
    isDone = await runAndKill(kind, place, after, (kills * 7) % 12)
    kills += 1
    if (!isDone) await afterKill()
    const marks = await query("SELECT piece, row_count FROM dhis2_pieces WHERE state = 'done'")
    const isThere = marks.length > 0
    const months = isThere ? await query('SELECT pe, count(*) AS n FROM facts GROUP BY pe') : []
    assert.deepEqual(
      months.map(({ pe, n }) => `${pe} ${Number(n)}`).sort(),
      marks.map(({ piece, row_count }) => `${202401 + Number(piece)} ${Number(row_count)}`).sort(),
    )
    if (marks.length > before) stages += 1
    before = marks.length
  }
  assert.ok(stages > 2, `it was not killed in the middle of its writes: ${kills} kills, ${stages} stages`)
  const expected = Array.from({ length: count }, (_, at) =>
    cellsOf(pieceOf(String(at)), (ou) => at * 10 + Number(ou.slice(1))),
  ).flat()
  const found = await query('SELECT dx, pe, ou, value FROM facts')
  assert.deepEqual(
    found.map(({ dx, pe, ou, value }) => [dx, pe, ou, String(value)].join()).sort(),
    expected.map((row) => row.join()).sort(),
  )
  const [{ holder }] = (await query('SELECT holder FROM dhis2_datasets')) as [{ holder: unknown }]
  assert.equal(holder, null)
}

it('a run into Postgres outlives being killed, again and again', async () => {
  await using postgres = await startTestPostgres()
  await outlive('postgres', postgres.url, async (sql) => (await postgres.other.query(sql)).rows)
})

it('a run into DuckDB outlives being killed, again and again', async (t) => {
  const path = await newPath(t)
  await outlive('duckdb', path, async (sql) => {
    const instance = await DuckDBInstance.create(path)
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
    connection.disconnectSync()
    instance.closeSync()
    return rows
  })
})

for (const { name, skip, open, lock } of drivers) {
  it(`a run into SQLite with ${name} outlives being killed, again and again`, { skip }, async (t) => {
    const path = await newPath(t)
    await outlive(
      name,
      path,
      async (sql) => {
        const database = open(path)
        const rows = ask(database, sql)
        database.close()
        return rows
      },
      async () => lock && (await rm(`${path}${lock}`, { recursive: true, force: true })),
    )
  })
}
