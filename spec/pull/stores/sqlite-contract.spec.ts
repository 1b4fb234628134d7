import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { sqliteTable } from 'dhis2-analytics-stream/sqlite'
import { ask, drivers } from '../../support/sqlite-drivers.ts'
import { storeContract } from './contract.ts'
import { tableStoreContract } from './table-contract.ts'

for (const { name, skip, open } of drivers) {
  if (skip) {
    it(`sqliteTable, with ${name}`, { skip })
    continue
  }
  storeContract(`sqliteTable, with ${name}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
    const database = open(join(directory, 'facts.db'))
    return {
      replacesParts: true,
      store: (table) => sqliteTable({ database, table }),
      rows: async (table) => ask(database, `SELECT * FROM ${table}`),
      async [Symbol.asyncDispose]() {
        database.close()
        await rm(directory, { recursive: true })
      },
    }
  })
  tableStoreContract(`sqliteTable, with ${name}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
    const database = open(join(directory, 'facts.db'))
    database.exec(`ATTACH '${join(directory, 'odd.db')}' AS "an odd.schema"`)
    return {
      store: (table, replace) => sqliteTable({ database, table, replace }),
      run: async (sql) => {
        if (sql.startsWith('SELECT')) return ask(database, sql)
        database.exec(sql)
        return []
      },
      odd: '"an odd.schema"."it\'s ""so"" ?"',
      oddSchema: '"an odd.schema".',
      async [Symbol.asyncDispose]() {
        database.close()
        await rm(directory, { recursive: true })
      },
    }
  })
}
