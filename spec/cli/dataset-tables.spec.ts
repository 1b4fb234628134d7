import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { cli, startCli } from '../support/cli.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'
import { askedOf, isData, smallCountry, truthOf } from './dataset-country.ts'

describe('dhis2-analytics dataset, into a table', () => {
  const country = smallCountry()
  const own = standIn({ country })
  let postgres: Postgres
  let env: Record<string, string>
  let url: string
  before(async () => {
    postgres = await startPostgres()
    const database = new URL(postgres.url)
    env = { ...own.env, PGPASSWORD: database.password }
    database.password = ''
    url = database.href
  })
  after(() => postgres[Symbol.asyncDispose]())

  for (const kind of ['PostgreSQL', 'DuckDB', 'SQLite']) {
    it(`${kind} is created, run, refreshed and told of`, async (t) => {
      const cwd = await emptyDirectory(t)
      const to = { PostgreSQL: url, DuckDB: 'dhis2.duckdb', SQLite: 'dhis2.sqlite' }[kind]!
      const dataset = (...words: string[]) => cli(['dataset', ...words], { env, cwd })
      const place = ['--to', to, '--table', 'anc']
      const created = await dataset('create', 'anc', ...askedOf(country), ...place)
      assert.deepEqual([created.code, created.stderr], [0, ''])
      assert.match(created.stdout, /^anc: complete, \d+ pieces pulled; \d+ rows in \d+ pieces, in anc of /)
      assert.match((await dataset('run', 'anc')).stdout, /nothing was to do/)
      assert.match((await dataset('refresh', 'anc')).stdout, /^anc: refreshed, \d+ pieces pulled/)
      const { stdout, stderr } = await dataset('status', 'anc', '--json')
      assert.equal(stderr, '')
      const { isComplete, rowCount, runCount, heldBy } = JSON.parse(stdout)
      assert.deepEqual(
        { isComplete, rowCount, runCount, heldBy },
        { isComplete: true, rowCount: truthOf(country).length, runCount: 3, heldBy: null },
      )
      assert.match((await dataset('status', 'anc')).stdout, /^where +anc of /m)
      // A table with rows of others.
      const other = await dataset('create', 'other', ...askedOf(country).slice(0, -1), 'LEVEL-2', ...place)
      assert.equal(other.code, 6, other.stderr)
    })
  }

  it('goes on where it was killed', async (t) => {
    const cwd = await emptyDirectory(t)
    let isSlow = true
    own.server.misbehave({
      delayMs: 300,
      times: Number.POSITIVE_INFINITY,
      when: (request) => isSlow && isData(request),
    })
    const client = new pg.Client(postgres.url)
    await client.connect()
    t.after(() => client.end())
    const count = async () => {
      const { rows } = await client.query('SELECT count(*)::int FROM killed')
      return rows[0].count as number
    }
    const { child, ended } = await startCli(
      ['dataset', 'create', 'killed', ...askedOf(country), '--to', url, '--table', 'killed'],
      { env, cwd },
    )
    while ((await count().catch(() => 0)) === 0);
    child.kill('SIGKILL')
    await ended
    const { stdout } = await cli(['dataset', 'status', 'killed'], { env, cwd })
    assert.match(stdout, /^held by +nobody: /m)
    isSlow = false
    const again = await cli(['dataset', 'run', 'killed'], { env, cwd })
    assert.deepEqual([again.code, again.stderr], [0, ''])
    assert.equal(await count(), truthOf(country).length)
  })

  it('is not made by looking', async (t) => {
    const cwd = await emptyDirectory(t)
    const description = { format: 1, server: own.server.url, question: {}, to: 'x.duckdb', table: 'anc' }
    await writeFile(join(cwd, 'anc.dataset.json'), JSON.stringify(description))
    const { code, stdout } = await cli(['dataset', 'status', 'anc'], { cwd })
    assert.equal(code, 0)
    assert.match(stdout, /^state +not begun$/m)
    assert.ok(!existsSync(join(cwd, 'x.duckdb')))
    const none = { ...description, to: url, table: 'nowhere.anc' }
    await writeFile(join(cwd, 'none.dataset.json'), JSON.stringify(none))
    assert.match((await cli(['dataset', 'status', 'none'], { env, cwd })).stdout, /^state +not begun$/m)
    const refused = await cli(['dataset', 'run', 'none'], { env, cwd })
    assert.equal(refused.code, 2)
  })

  it('tells that another program has a file of DuckDB', async (t) => {
    const cwd = await emptyDirectory(t)
    const instance = await DuckDBInstance.create(join(cwd, 'x.duckdb'))
    t.after(() => instance.closeSync())
    const words = ['dataset', 'create', 'anc', ...askedOf(country), '--to', 'x.duckdb', '--table', 'anc']
    const { code, stderr } = await cli(words, { env, cwd })
    assert.equal(code, 9, stderr)
    assert.match(
      stderr,
      /^dhis2-analytics: x\.duckdb can't be opened: .*\nWait until the other program is done with it\.\n$/,
    )
  })

  it('tells what a database refuses', async (t) => {
    const cwd = await emptyDirectory(t)
    const words = ['dataset', 'create', 'anc', ...askedOf(country), '--to', url, '--table', 'nowhere.anc']
    const { code, stderr } = await cli(words, { env, cwd })
    assert.equal(code, 7, stderr)
    assert.match(
      stderr,
      /^dhis2-analytics: postgres: schema "nowhere" does not exist\nWhat was written before is there: /,
    )
  })
})
