import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { cli, shell } from '../support/cli.ts'
import { page } from '../support/pages.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const commands = ['pull', 'dataset', 'plan', 'download', 'convert', 'info', 'find', 'completion']
const below = ['create', 'run', 'refresh', 'status']

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

  it('lists what is below a command', async () => {
    const { stdout } = await cli(['dataset', '--help'])
    assert.deepEqual(
      [...stdout.matchAll(/^ {2}([a-z]+) \[options\] .*$/gm)].map(([, name]) => name),
      below,
    )
  })

  for (const command of ['', ...commands, ...below.map((name) => `dataset ${name}`)]) {
    it(`has examples that run: ${command}`, async (t) => {
      const { stdout } = await cli([...command.split(' ').filter(Boolean), '--help'])
      const examples = [...stdout.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => line!)
      assert.ok(examples.length >= 2, stdout)
      await runAll(t, examples)
    })
  }

  for (const name of ['README.md', 'docs/command-line.md']) {
    it(`and so do those of ${name}`, async (t) => {
      const lines = page(name)
        .blocks.filter(({ language }) => language === 'sh')
        .flatMap(({ code }) => code.split('\n'))
        .filter((line) => /^(npx )?dhis2-analytics/.test(line))
      assert.ok(lines.length >= 2)
      // What npx finds in the registry is on the PATH here.
      await runAll(
        t,
        lines.map((line) => line.replace(/^npx /, '')),
      )
    })
  }

  /** One after the other, in a folder with a grid that was saved, and a dataset where they create none. */
  async function runAll(t: TestContext, lines: readonly string[]): Promise<void> {
    const cwd = await emptyDirectory(t)
    const asked = ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '202401', '--ou', 'LEVEL-2', '--format', 'json']
    await writeFile(join(cwd, 'saved-grid.json'), (await cli(asked, { env: own.env })).bytes)
    if (
      lines.some((line) => /dataset (?!create)/.test(line)) &&
      !lines.some((line) => /create anc/.test(line))
    ) {
      const create = [
        'dataset',
        'create',
        'anc',
        '--dx',
        'fbfJHSPpUQD',
        '--pe',
        'LAST_12_MONTHS',
        '--ou',
        'LEVEL-2',
      ]
      assert.equal((await cli(create, { env: own.env, cwd })).code, 0)
    }
    const database = new URL(postgres.url)
    const PGPASSWORD = database.password
    database.password = ''
    for (const typed of lines) {
      const line = typed.replace('postgres://localhost/warehouse', database.href)
      const { code, stderr } = await shell(line, { env: { ...own.env, PGPASSWORD }, cwd })
      assert.equal(code, 0, `${line}\n${stderr}`)
    }
  }
})
