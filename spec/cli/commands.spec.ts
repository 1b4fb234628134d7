import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { version } from '../../lib/version.ts'
import { cli, shell } from '../support/cli.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const grid = {
  headers: [
    { name: 'ou', column: 'Unit', valueType: 'TEXT', meta: true },
    { name: 'value', column: 'Value', valueType: 'NUMBER' },
  ],
  metaData: { items: { a: { name: 'Bo' } }, dimensions: { ou: ['a'] } },
  rows: [['a', '1.0']],
  height: 1,
  width: 2,
}

describe('dhis2-analytics download', () => {
  const own = standIn()
  const asked = ['--dx', 'fbfJHSPpUQD', '--pe', '202401', '--ou', 'LEVEL-2']

  it('writes a file, a folder or a pipe, byte for byte', async (t) => {
    const cwd = await emptyDirectory(t)
    const args = ['download', '--endpoint', '/api/analytics.csv', ...asked]
    const piped = await cli(args, { env: own.env })
    assert.match(piped.stdout, /^Data,Period,Organisation unit,Value\n/)
    for (const to of ['some.csv', 'new/', '.']) {
      const { code, stdout, stderr } = await cli([...args, '--to', to], { env: own.env, cwd })
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
    }
    assert.deepEqual(await filesIn(cwd), ['analytics.csv', 'new/analytics.csv', 'some.csv'])
    assert.equal(await readFile(join(cwd, 'analytics.csv'), 'utf8'), piped.stdout)
  })

  it('refuses a name of another format, and prints the request', async (t) => {
    const cwd = await emptyDirectory(t)
    const args = ['download', '--endpoint', 'analytics.csv', ...asked]
    const { code, stderr } = await cli([...args, '--to', 'x.xlsx'], { env: own.env, cwd })
    assert.equal(code, 2)
    assert.match(stderr, /x\.xlsx would hold csv/)
    const dry = await cli([...args, '--dry-run', '-v'], { env: own.env })
    assert.match(dry.stdout, /^GET \S+\/api\/analytics\.csv\?dimension=dx:fbfJHSPpUQD&\S+\n\d+ bytes\n$/)
  })

  it('takes endpoints with and without what is in front of them', async () => {
    for (const [endpoint, path] of [
      ['api/analytics.json', '/api/analytics.json'],
      ['/api/42/analytics.json', '/api/42/analytics.json'],
      ['orgUnitAnalytics.csv', '/api/orgUnitAnalytics.csv'],
      ['rawData.csv', '/api/analytics/rawData.csv'],
    ]) {
      const { stdout } = await cli(['download', '--endpoint', endpoint!, '--dry-run'], { env: own.env })
      assert.equal(new URL(stdout.split(/\s/)[1]!).pathname, path)
    }
  })

  it('warns that a list is one page', async () => {
    const args = ['download', '--endpoint', 'events/query/eBAyeGv0exc.csv', '--pe', 'LAST_12_MONTHS']
    const { code, stderr } = await cli([...args, '--verbose'], { env: own.env })
    assert.equal(code, 0)
    assert.match(stderr, /^dhis2-analytics: warning: stream gives one page of \/api/m)
  })
})

describe('dhis2-analytics convert', () => {
  it('reads a file or standard input, and asks no server', async (t) => {
    const cwd = await emptyDirectory(t)
    await writeFile(join(cwd, 'saved.json'), JSON.stringify(grid))
    const outputs = await Promise.all([
      cli(['convert', 'saved.json', '--labels'], { cwd }),
      cli(['convert', '--labels'], { stdin: JSON.stringify(grid) }),
      cli(['convert', '-', '--labels'], { stdin: JSON.stringify(grid) }),
    ])
    for (const { code, stdout } of outputs) assert.deepEqual([code, stdout], [0, 'ou,value\nBo,1.0\n'])
    assert.equal((await cli(['convert', 'saved.json', '--to', '.'], { cwd })).code, 0)
    assert.equal((await cli(['convert', 'saved.json', '--to', 'x.sqlite', '--table', 't'], { cwd })).code, 0)
    assert.deepEqual(await filesIn(cwd), ['saved.csv', 'saved.json', 'x.sqlite'])
    assert.equal(await readFile(join(cwd, 'saved.csv'), 'utf8'), 'ou,value\na,1.0\n')
  })

  it('fails where there is no grid, or no whole one, and leaves nothing', async (t) => {
    const cwd = await emptyDirectory(t)
    await writeFile(join(cwd, 'cut.json'), JSON.stringify(grid).slice(0, -5))
    await writeFile(join(cwd, 'page.html'), '<html></html>')
    await writeFile(join(cwd, 'short.json'), JSON.stringify({ ...grid, height: 2 }))
    for (const [file, status] of [
      ['cut.json', 8],
      ['short.json', 8],
      ['nowhere.json', 2],
      ['.', 2],
      ['page.html', 6],
    ] as const) {
      const { code, stderr } = await cli(['convert', file, '--to', 'out.csv'], { cwd })
      assert.equal(code, status, stderr)
      assert.match(stderr, /\nGive a grid that was saved as JSON, as of: dhis2-analytics pull .*\n$/)
    }
    assert.deepEqual(await filesIn(cwd), ['cut.json', 'page.html', 'short.json'])
  })

  it('ends with 130 where standard input never ends', async (t) => {
    const cwd = await emptyDirectory(t)
    const line =
      '(sleep 1; kill -INT $(cat pid)) & sleep 2 | (echo $BASHPID > pid; exec dhis2-analytics convert)'
    assert.equal((await shell(line, { cwd })).code, 130)
  })
})

describe('dhis2-analytics find', () => {
  const own = standIn()

  it('prints what to type, the name, the kind and the code, with tabs', async () => {
    for (const [typed, line] of [
      ['ANC 1st', '--dx fbfJHSPpUQD\tANC 1st visit\tdata element\tCODE_1'],
      ['fbfJHSPpUQD', '--dx fbfJHSPpUQD\tANC 1st visit\tdata element\tCODE_1'],
      ['uvn6LCg7dVU'.replace('u', 'U'), '--dx Uvn6LCg7dVU\tANC 1 Coverage\tindicator\t'],
      ['child health', '--dx BfMAe6Itzgt.REPORTING_RATE\tChild Health\tdata set\tDS_359711'],
      ['inpatient', '--endpoint events/query/eBAyeGv0exc\tInpatient morbidity and mortality\tprogram\t'],
      ['Bo', '--ou O6uvpzGd5pu\tBo\torg unit\tOU_325673'],
    ]) {
      const { code, stdout } = await cli(['find', typed!], { env: own.env })
      assert.equal(code, 0)
      assert.equal(stdout.split('\n')[0], line)
    }
  })

  it('has status 1 where there is nothing', async () => {
    const { code, stdout, stderr } = await cli(['find', 'nothing', 'of it', '-v'], { env: own.env })
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /Nothing has "nothing of it" in its name or code, or as its id\.\n$/)
  })
})

describe('dhis2-analytics', () => {
  it('says its version', async () => {
    const { code, stdout } = await cli(['--version'])
    assert.deepEqual([code, stdout], [0, `${version}\n`])
  })

  it('has the name of the package too', async () => {
    const { stdout } = await shell('dhis2-analytics-stream --version')
    assert.equal(stdout, `${version}\n`)
  })
})
