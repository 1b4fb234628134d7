import assert from 'node:assert/strict'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { stagingFiles } from '../support/staging-files.ts'
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
      assert.deepEqual(await stagingFiles(), [])
      return true
    },
    async [Symbol.asyncDispose]() {
      connection.disconnectSync()
      other.disconnectSync()
      instance.closeSync()
    },
  }
})
