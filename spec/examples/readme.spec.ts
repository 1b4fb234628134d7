import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as face from 'dhis2-analytics-stream'
import { type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { blocks, moduleOf, readme, snippets } from '../support/readme.ts'
import { emptyDirectory, filesIn, root, run, runScript } from '../support/run-script.ts'

/** What the code under each heading prints and writes. */
const outcomes: Record<string, { prints: RegExp; reports?: RegExp; writes?: string[] }> = {
  'Use it': { prints: /^DHIS2 2\.\d+\.\d+\n$/ },
  'A small answer, in memory': {
    prints: /^\[ 'dx', 'pe', 'ou', 'value' \] 1000\n(\w{11} \d{6} \w{11} \S+\n){1000}$/,
  },
  'Straight to a file': { prints: /^\d+ bytes\n$/, writes: ['out/pivot.xlsx'] },
  'Rows, one by one': { prints: /^\d+\.\d+\n$/ },
  'A pipeline': { prints: /^$/, reports: /^\d+ bytes\n$/m, writes: ['anc.csv'] },
  'A chain': { prints: /^(\w{11}\n)*1000 objects, from row 1: \w{11} …\n$/ },
  'Dates, and a wide table': { prints: /^$/, writes: ['wide.csv'] },
  'Into PostgreSQL': { prints: /^1000 \{ inserted: 1000, updated: 0, deleted: 0, unchanged: 0 \}\n$/ },
  'Into SQLite': {
    prints: /^1000 \{ inserted: 1000, updated: 0, deleted: 0, unchanged: 0 \}\n$/,
    writes: ['dhis2.db'],
  },
  'In a handler of HTTP': { prints: /^$/ },
  'In Express, Fastify or Koa': { prints: /^502 \{"code":"ERR_DHIS2_API"\}\n$/ },
  'To standard output': { prints: /^dx,pe,ou,value\n(\w{11},\d{6},\w{11},\S+\n){1000}$/ },
  'Tests of your own': { prints: /^\[ '2024: 7\.0' \]\n\[ \[ 'fbfJHSPpUQD', 12 \] \]\n$/ },
  'Tests without a server': { prints: /^\[ \[ 'fbfJHSPpUQD', '12\.0' \] \]\n$/ },
  'A stage of your own': { prints: /^$/, writes: ['large.csv'] },
  'Other endpoints and parameters': {
    prints: /^20 \{ page: 1, total: 47, pageSize: 20, pageCount: 3 \}\n$/,
  },
  'Whole lists: events, enrollments, tracked entities': { prints: /^47 events\n$/ },
  'Endpoints by name': { prints: /^1000 47\n$/ },
  'SQL views': { prints: /^(\[[\s\S]*?\]\n){1000}$/ },
  'Giving up': { prints: /^AbortError\n$/ },
  Errors: { prints: /^409 E7124 409 E7124: / },
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

describe('The code in the README', () => {
  let server: StandIn
  let postgres: Postgres
  let directory: string

  before(async () => {
    server = await startDhis2()
    postgres = await startPostgres()
    server.misbehave({
      delayMs: 60_000,
      times: Number.POSITIVE_INFINITY,
      when: ({ query }) => query.getAll('dimension').includes('pe:THIS_YEAR'),
    })
    // Inside the project, so that its packages resolve.
    await mkdir(join(root, 'out'), { recursive: true })
    directory = await mkdtemp(join(root, 'out', 'readme-'))
    await Promise.all(
      snippets.map((block, at) => writeFile(join(directory, `${at}.ts`), moduleOf(block, server.url))),
    )
  })

  after(async () => {
    await rm(directory, { recursive: true })
    await server.close()
    await postgres[Symbol.asyncDispose]()
  })

  it('has an expected outcome for every heading', () => {
    assert.deepEqual(snippets.map(({ heading }) => heading).sort(), Object.keys(outcomes).sort())
  })

  it('has the types it needs', async () => {
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }),
    )
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { code, stdout } = await run(process.execPath, [tsc, '-p', directory], root, process.env)
    assert.equal(code, 0, stdout)
  })

  for (const [at, { heading }] of snippets.entries()) {
    it(`does what it says under '${heading}'`, async (t) => {
      const cwd = await emptyDirectory(t)
      const path = join(directory, `${at}.ts`).slice(root.length)
      const { code, stdout, stderr } = await runScript(path, { cwd, env: { DATABASE_URL: postgres.url } })
      assert.equal(code, 0, stderr)
      const { prints, reports = /^$/, writes = [] } = outcomes[heading]!
      assert.match(stdout, prints)
      assert.match(stderr, reports)
      assert.deepEqual(await filesIn(cwd), writes)
    })
  }
})

describe('The README', () => {
  it('shows commands that exist', () => {
    const commands = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => commandsOf(code))
    for (const command of commands) {
      const [, script] = /^npm (?:run )?(\w+)/.exec(command) ?? []
      const known =
        script === undefined
          ? /^export DHIS2_\w+=/.test(command)
          : script in manifest.scripts || script === 'ci'
      assert.ok(known || command === `npm install ${manifest.name}`, command)
    }
    assert.ok(commands.includes('npm ci') && commands.includes('npm start') && commands.includes('npm test'))
  })

  it('has its commands run by .ci/run, which does nothing else', async () => {
    const script = await readFile(join(root, '.ci/run'), 'utf8')
    const commands = script.split('\n').filter((line) => line !== '' && !/^(#|set |cd )/.test(line))
    assert.deepEqual(commands, ['npm ci', 'npm test', 'npm start'])
    assert.match(readme, /^npm ci && npm start$/m)
    assert.match(readme, /^npm ci && npm test$/m)
  })

  it('lists every example, and none that is not there', async () => {
    const entries = await readdir(join(root, 'examples'))
    const listed = [...readme.matchAll(/`npx tsx examples\/([\w-]+\.ts)`/g)].map(([, name]) => name)
    assert.deepEqual(listed.sort(), entries.filter((name) => name.endsWith('.ts')).sort())
  })

  it('lists every error with its code', () => {
    const errors = Object.values(face).filter(
      (exported) => typeof exported === 'function' && exported.prototype instanceof face.Dhis2ClientError,
    )
    assert.ok(errors.length >= 10)
    for (const { name } of errors as { name: string }[]) {
      assert.match(readme, new RegExp(`^\\| \`${name}\` \\| \`ERR_[A-Z0-9_]+\` \\|`, 'm'))
    }
  })

  it('lists every transform and builder', () => {
    const others = ['basicAuth', 'bearerToken', 'personalAccessToken', 'isDhis2Error']
    const factories = Object.entries(face).flatMap(([name, exported]) =>
      typeof exported === 'function' && /^[a-z]/.test(name) && !others.includes(name) ? [name] : [],
    )
    assert.ok(factories.length >= 3)
    for (const name of factories) assert.match(readme, new RegExp(`^\\|.*\`${name}\\(`, 'm'))
  })

  it('links to pages that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path!)
    assert.ok(links.length > 0)
    for (const path of links) assert.ok(existsSync(join(root, path)), path)
  })
})

function commandsOf(code: string): string[] {
  return code
    .split(/\n|&&/)
    .map((line) => line.replace(/ #.*/, '').trim())
    .filter((line) => line !== '')
}
