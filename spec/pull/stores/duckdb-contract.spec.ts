import { DuckDBInstance } from '@duckdb/node-api'
import { duckDbTable } from 'dhis2-analytics-stream/duckdb'
import { storeContract } from './contract.ts'
import { tableStoreContract } from './table-contract.ts'

storeContract('duckDbTable', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  return {
    replacesParts: true,
    store: (table) => duckDbTable({ connection, table }),
    rows: async (table) => (await connection.runAndReadAll(`FROM ${table}`)).getRowObjectsJson(),
    async [Symbol.asyncDispose]() {
      connection.disconnectSync()
      instance.closeSync()
    },
  }
})

tableStoreContract('duckDbTable', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run('CREATE SCHEMA "an odd.schema"')
  return {
    store: (table, replace) => duckDbTable({ connection, table, replace }),
    run: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    odd: '"an odd.schema"."it\'s ""so"" ?"',
    oddSchema: '"an odd.schema".',
    async [Symbol.asyncDispose]() {
      connection.disconnectSync()
      instance.closeSync()
    },
  }
})
