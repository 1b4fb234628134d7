import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import sqlite from 'node-sqlite3-wasm'
import pg from 'pg'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { cli, onTerminal } from '../support/cli.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const asked = ['pull', '--dx', 'fbfJHSPpUQD,cYeuwXTCPkU', '--pe', '202401;202402', '--ou', 'LEVEL-2']

describe('--to a database', () => {
  const own = standIn()
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres[Symbol.asyncDispose]())

  /** As a person has it: no secret in the URL. */
  const withoutSecret = () => {
    const url = new URL(postgres.url)
    const env = { PGPASSWORD: url.password }
    url.password = ''
    return { url: url.href, env }
  }

  it('PostgreSQL, again and again', async () => {
    const { url, env } = withoutSecret()
    const args = [...asked, '--to', url, '--table', 'analytics', '--mode', 'replace-slice']
    for (const counts of [
      /52 inserted, 0 updated, 0 deleted, 0 unchanged/,
      /0 inserted, 0 updated, 0 deleted, 52 unchanged/,
    ]) {
      const { code, screen } = await onTerminal(args, { env: { ...own.env, ...env }, columns: 120 })
      assert.equal(code, 0, screen)
      assert.match(screen, counts)
    }
    const client = new pg.Client(postgres.url)
    await client.connect()
    const { rows } = await client.query('SELECT count(*)::int FROM analytics')
    await client.end()
    assert.deepEqual(rows, [{ count: 52 }])
  })

  it('PostgreSQL that refuses, or is not there', async () => {
    const { url, env } = withoutSecret()
    const table = ['--table', 'nowhere.analytics']
    const refused = await cli([...asked, '--to', url, ...table], { env: { ...own.env, ...env } })
    assert.equal(refused.code, 7)
    assert.match(
      refused.stderr,
      /^dhis2-analytics: postgres: schema "nowhere" does not exist\nThe table is as it was\.\n$/,
    )
    const before = own.server.requests.length
    const wrong = await cli([...asked, '--to', url.replace(/:\d+\//, ':1/'), ...table], { env: own.env })
    assert.equal(wrong.code, 7)
    assert.match(
      wrong.stderr,
      /^dhis2-analytics: 127\.0\.0\.1:1 can't be opened: connect ECONNREFUSED .*\nCheck that it is there/,
    )
    assert.ok(
      own.server.requests
        .slice(before)
        .every(({ query }) => !query.has('dimension') || query.has('skipData')),
    )
  })

  it('a statement that a database refuses leaves the table as it was', async () => {
    const { url, env } = withoutSecret()
    const client = new pg.Client(postgres.url)
    await client.connect()
    await client.query('CREATE TABLE few (dx text, pe text, ou text, value float8, CHECK (value < 0))')
    const { code, stderr } = await cli([...asked, '--to', url, '--table', 'few'], {
      env: { ...own.env, ...env },
    })
    assert.ok(code === 6 || code === 7, stderr)
    assert.match(stderr, /few_value_check/)
    const { rows } = await client.query('SELECT count(*)::int FROM few')
    await client.end()
    assert.deepEqual(rows, [{ count: 0 }])
  })

  it('DuckDB and SQLite files', async (t) => {
    const cwd = await emptyDirectory(t)
    for (const file of ['dhis2.duckdb', 'dhis2.sqlite']) {
      for (let run = 0; run < 2; run++) {
        const args = [...asked, '--to', file, '--table', 'anc', '--mode', 'upsert', '--key', 'dx,pe,ou']
        const { code, stdout, stderr } = await cli(args, { env: own.env, cwd })
        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
      }
    }
    const connection = await (await DuckDBInstance.create(join(cwd, 'dhis2.duckdb'))).connect()
    const counted = await connection.runAndReadAll('SELECT count(*)::INT AS n FROM anc')
    assert.deepEqual(counted.getRowObjectsJson(), [{ n: 52 }])
    connection.disconnectSync()
    const database = new sqlite.Database(join(cwd, 'dhis2.sqlite'))
    assert.deepEqual(database.all('SELECT count(*) AS n FROM anc'), [{ n: 52 }])
    database.close()
  })

  it('files that are no databases', async (t) => {
    const cwd = await emptyDirectory(t)
    await mkdir(join(cwd, 'folder.sqlite'))
    await writeFile(join(cwd, 'text.duckdb'), 'this is no database'.repeat(1000))
    for (const file of ['text.duckdb', 'folder.sqlite']) {
      const { code, stderr } = await cli([...asked, '--to', file, '--table', 'anc'], { env: own.env, cwd })
      assert.equal(code, 7, stderr)
      assert.match(stderr, /^dhis2-analytics: [^\n]*\n[^\n]+\n$/)
    }
  })
})
