import assert from 'node:assert/strict'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { cli, shell } from '../support/cli.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const commands = ['pull', 'download', 'convert', 'info', 'find', 'completion']

describe('--help', () => {
  const own = standIn()
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres[Symbol.asyncDispose]())

  it('lists every command', async () => {
    const { code, stdout, stderr } = await cli(['--help'])
    assert.deepEqual([code, stderr], [0, ''])
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, name]) => name)
    assert.deepEqual(listed, commands)
  })

  for (const command of ['', ...commands]) {
    it(`has examples that run: ${command}`, async (t) => {
      const { stdout } = await cli([...(command ? [command] : []), '--help'])
      const examples = [...stdout.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => line!)
      assert.ok(examples.length >= 2, stdout)
      const cwd = await emptyDirectory(t)
      const saved = await cli(
        ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '202401', '--ou', 'LEVEL-2', '--format', 'json'],
        { env: own.env },
      )
      await writeFile(join(cwd, 'grid.json'), saved.bytes)
      await copyFile(join(cwd, 'grid.json'), join(cwd, 'saved-grid.json'))
      const database = new URL(postgres.url)
      const PGPASSWORD = database.password
      database.password = ''
      for (const example of examples) {
        const line = example.replace('postgres://localhost/warehouse', database.href)
        const { code, stderr } = await shell(line, { env: { ...own.env, PGPASSWORD }, cwd })
        assert.equal(code, 0, `${line}\n${stderr}`)
      }
    })
  }
})
