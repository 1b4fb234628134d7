import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { emptyDirectory, environment, root, run } from './support/run-script.ts'

const main = `
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Dhis2Client, parseRows, QueryError, toCsv } from 'dhis2-analytics-stream'

const grid = JSON.stringify({ headers: [{ name: 'a' }], rows: [['1']], height: 1 })
assert.equal(await text(Readable.from([Buffer.from(grid)]).pipe(parseRows()).pipe(toCsv())), 'a\\n1\\n')
assert.throws(() => new Dhis2Client({ baseUrl: 'nowhere' }), QueryError)
console.log('imported')
`

const typed = `
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { countBytes, Dhis2Client, type Grid, type Header, parseRows, personalAccessToken, toCsv } from 'dhis2-analytics-stream'

await using client = new Dhis2Client({ baseUrl: 'https://dhis2.example.org', auth: personalAccessToken('t') })
const grid: Grid = await client.analytics.aggregate({ dx: ['a', 'b'], pe: '2024', ou: 'c' })
const first: Header | undefined = grid.headers[0]
const bytes: number = await client.analytics.streamTo('out.csv', { endpoint: '/api/analytics.csv', dx: 'a' })
await pipeline(client.analytics.stream({ dx: 'a' }), parseRows(), toCsv({ header: 'column' }), countBytes(), createWriteStream('x'))
for await (const row of client.analytics.rows({ params: { dimension: ['dx:a'] } })) console.log(row, first, bytes)
// @ts-expect-error: an unknown field of a query
client.analytics.stream({ dX: 'a' })
await client.analytics.aggregate({ dx: 'a', skipMeta: true, aggregationType: 'SUM' })
// @ts-expect-error: no value of a parameter
client.analytics.stream({ dx: 'a', order: 'UP' })
// @ts-expect-error: an unknown header
toCsv({ header: 'label' })
`

const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  },
  files: ['main.ts'],
}

it('packs, installs in an empty project, imports by its own name, and its types resolve there', async (t) => {
  const folder = await emptyDirectory(t)
  const project = join(folder, 'project')
  await mkdir(project)
  const npm = async (cwd: string, ...args: string[]) => {
    const { code, stdout, stderr } = await run('npm', args, cwd, environment())
    assert.equal(code, 0, `npm ${args.join(' ')}: ${stderr}${stdout}`)
    return stdout
  }

  await npm(root, 'run', 'build', '--silent')
  const packed = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'lib/index.ts', 'README.md', 'LICENSE']) {
    assert.ok(paths.includes(path), `${path} is not packed`)
  }
  assert.deepEqual(
    paths.filter((path) => /^(spec|examples|bench|coverage|out)\//.test(path)),
    [],
  )

  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules/@types/node/package.json'), 'utf8'),
  ) as {
    version: string
  }
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'project', private: true, type: 'module' }),
  )
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await npm(project, 'install', join(folder, filename), `@types/node@${version}`, ...quiet)

  await writeFile(join(project, 'main.js'), main)
  const imported = await run(process.execPath, ['main.js'], project, environment())
  assert.equal(imported.stdout, 'imported\n', imported.stderr)

  await writeFile(join(project, 'main.ts'), typed)
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  const tsc = await run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc')],
    project,
    environment(),
  )
  assert.equal(tsc.code, 0, tsc.stdout)
})
