import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { toSqlite } from 'dhis2-analytics-stream/sqlite'
import { ask, drivers } from '../support/sqlite-drivers.ts'
import { stagingFiles } from '../support/staging-files.ts'
import { tableContract } from '../tables/contract.ts'

for (const { name, skip, open } of drivers) {
  if (skip) {
    it(`toSqlite, with ${name}`, { skip })
    continue
  }
  tableContract(`toSqlite, with ${name}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
    const database = open(join(directory, 'facts.db'))
    const other = open(join(directory, 'facts.db'))
    database.exec('PRAGMA busy_timeout = 123')
    return {
      sink: (options) => toSqlite({ database, ...options }),
      run: async (sql) => void other.exec(sql),
      async rows(table) {
        // A connection that has not looked since then knows no columns that another has added.
        ask(other, 'SELECT 1 FROM sqlite_schema')
        return ask(other, `SELECT * FROM ${table}`)
      },
      async isIdle() {
        database.exec('BEGIN')
        database.exec('ROLLBACK')
        const [left] = ask(
          database,
          `SELECT (SELECT count(*) FROM sqlite_temp_schema) AS tables, timeout,
             (SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')) AS attached
           FROM pragma_busy_timeout`,
        )
        assert.deepEqual(await stagingFiles(), [])
        assert.deepEqual(left, { tables: 0, timeout: 123, attached: 0 })
        return true
      },
      async [Symbol.asyncDispose]() {
        database.close()
        other.close()
        await rm(directory, { recursive: true })
      },
    }
  })
}
