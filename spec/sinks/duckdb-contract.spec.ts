import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { tableContract } from '../tables/contract.ts'

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson()
}

tableContract('toDuckDb', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const other = await instance.connect()
  return {
    sink: (options) => toDuckDb({ connection, ...options }),
    run: async (sql) => void (await other.run(sql)),
    rows: (table) => rowsOf(other, `FROM ${table}`),
    async isIdle() {
      await connection.run('BEGIN TRANSACTION')
      await connection.run('ROLLBACK')
      const left = (await readdir(tmpdir())).filter((name) =>
        name.startsWith(`dhis2-analytics-stream-${process.pid}-`),
      )
      assert.deepEqual(left, [])
      return true
    },
    async [Symbol.asyncDispose]() {
      connection.disconnectSync()
      other.disconnectSync()
      instance.closeSync()
    },
  }
})
