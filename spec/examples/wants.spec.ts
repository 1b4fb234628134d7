import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as face from 'dhis2-analytics-stream'
import * as duckdb from 'dhis2-analytics-stream/duckdb'
import * as testing from 'dhis2-analytics-stream/testing'
import { shell } from '../support/cli.ts'
import { moduleOf, page, wantsOf } from '../support/pages.ts'
import { emptyDirectory, filesIn, root, run, runScript } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const wants = wantsOf(page('README.md'))

/** What each leaves behind, in a folder in which those before it have run: of the shell, then of the code. */
const leaves: Record<string, readonly [shell: RegExp, code: RegExp]> = {
  'a file': [/^anc\.csv$/, /^anc\.csv$/],
  'a spreadsheet': [/^anc\.xlsx$/, /^anc\.xlsx$/],
  'a database': [/^dhis2\.duckdb$/, /^dhis2\.duckdb$/],
  'a whole country': [/^(anc\.dataset\.json|out\/anc\/.*)$/, /^out\/anc\/.*$/],
  'the same, every night': [/^(anc\.dataset\.json|out\/anc\/.*)$/, /^out\/anc\/.*$/],
  'a dashboard': [/^$/, /^$/],
  'a test': [/^$/, /^$/],
}

const modules = {
  'dhis2-analytics-stream': Object.keys(face),
  'dhis2-analytics-stream/duckdb': Object.keys(duckdb),
  'dhis2-analytics-stream/testing': Object.keys(testing),
  'node:stream/promises': ['pipeline'],
}

/** What the code takes for granted: what it names, the query and a database. */
function whole(code: string): string {
  const imports = Object.entries(modules).flatMap(([module, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${name}\\(`).test(code))
    return used.length ? [`import { ${used.join(', ')} } from '${module}'`] : []
  })
  const database = [
    "import { DuckDBInstance } from '@duckdb/node-api'",
    "const connection = await (await DuckDBInstance.create('dhis2.duckdb')).connect()",
  ]
  return [
    ...imports,
    ...(/\bconnection\b/.test(code) ? database : []),
    "const query = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: 'LEVEL-3' }",
    code,
    'void query\n',
  ].join('\n')
}

describe('What a person wants, in the README', () => {
  const own = standIn()
  let directory: string

  before(async () => {
    await mkdir(join(root, 'out'), { recursive: true })
    directory = await mkdtemp(join(root, 'out', 'wants-'))
    await Promise.all(
      wants.map(({ what, code }, at) => {
        const block = { heading: what, language: 'ts', code: whole(code) }
        return writeFile(join(directory, `${at}.ts`), moduleOf(block, own.server.url))
      }),
    )
  })
  after(() => rm(directory, { recursive: true }))

  it('is known here', () => {
    assert.deepEqual(
      wants.map(({ what }) => what),
      Object.keys(leaves),
    )
  })

  it('has the types it needs', async () => {
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { code, stdout } = await run(process.execPath, [tsc, '-p', directory], root, process.env)
    assert.equal(code, 0, stdout)
  })

  it('comes of each line of shell, one after the other', async (t) => {
    const cwd = await emptyDirectory(t)
    const leftOver: string[] = []
    for (const { what, shell: line } of wants) {
      const { code, stdout, stderr } = await shell(line, { env: own.env, cwd })
      assert.deepEqual([code, stderr], [0, ''], line)
      const files = await filesIn(cwd)
      const [expected] = leaves[what]!
      if (expected.source === '^$') {
        assert.notEqual(stdout, '', line)
        assert.deepEqual(files, leftOver, line)
      } else
        assert.ok(
          files.some((name) => expected.test(name)),
          `${line}: ${files}`,
        )
      leftOver.splice(0, leftOver.length, ...files)
    }
  })

  for (const [at, { what }] of wants.entries()) {
    it(`comes of its line of code: ${what}`, async (t) => {
      const cwd = await emptyDirectory(t)
      const { code, stderr } = await runScript(join(directory, `${at}.ts`).slice(root.length), { cwd })
      assert.equal(code, 0, stderr)
      const [, expected] = leaves[what]!
      const files = await filesIn(cwd)
      if (expected.source === '^$') assert.deepEqual(files, [])
      else assert.ok(files.length > 0 && files.every((name) => expected.test(name)), String(files))
    })
  }
})
