import { DuckDBInstance } from '@duckdb/node-api'
import { duckDbTable } from 'dhis2-analytics-stream/duckdb'
import { storeContract } from './contract.ts'

storeContract('duckDbTable', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  return {
    store: (table) => duckDbTable({ connection, table }),
    rows: async (table) => (await connection.runAndReadAll(`FROM ${table}`)).getRowObjectsJson(),
    async [Symbol.asyncDispose]() {
      connection.disconnectSync()
      instance.closeSync()
    },
  }
})
