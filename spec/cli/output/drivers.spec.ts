import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { driverOf } from '../../../lib/cli/output/drivers.ts'
import { emptyDirectory } from '../../support/run-script.ts'

describe('a driver', () => {
  it('is the first that is there', async () => {
    const { Pool } = await driverOf<{ Pool: unknown }>('PostgreSQL', ['no-such-driver', 'pg'])
    assert.equal(typeof Pool, 'function')
  })

  it('is also one of the folder it is run in', async (t) => {
    const before = process.cwd()
    const folder = await emptyDirectory(t)
    await mkdir(join(folder, 'node_modules/made-up'), { recursive: true })
    await writeFile(join(folder, 'node_modules/made-up/index.js'), 'exports.Database = class Made {}')
    process.chdir(folder)
    t.after(() => process.chdir(before))
    const { Database } = await driverOf<{ Database: { name: string } }>('SQLite', ['made-up'])
    assert.equal(Database.name, 'Made')
  })

  it('that is nowhere is one to be installed', async () => {
    await assert.rejects(driverOf('PostgreSQL', ['no-such-driver']), {
      kind: 'usage',
      message: 'PostgreSQL needs a driver, and none is installed',
      remedy:
        'npm install no-such-driver, or run it as npx -p dhis2-analytics-stream -p no-such-driver dhis2-analytics …',
    })
  })

  it('that does not load fails with its own error', async (t) => {
    const folder = await emptyDirectory(t)
    const path = join(folder, 'broken.mjs')
    await writeFile(path, 'throw new Error("the binary is not there")')
    await assert.rejects(driverOf('SQLite', [path]), { message: 'the binary is not there' })
  })
})
