import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as face from 'dhis2-analytics-stream'
import pg from 'pg'
import { type ClickHouse, startClickHouse } from '../../examples/support/clickhouse.ts'
import { type StandIn, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'
import { moduleOf, type Page, page, pages } from '../support/pages.ts'
import { emptyDirectory, filesIn, root, run, runScript } from '../support/run-script.ts'

interface Outcome {
  readonly prints: RegExp
  readonly reports?: RegExp
  readonly writes?: readonly string[]
}

/** What the code under each heading prints and writes; undefined where there is no server for it to run against. */
type Outcomes = Record<string, Outcome | undefined>

const rowCount: Outcome = { prints: /^1000\n$/ }

/** By page, then by heading. */
const outcomesOf: Record<string, Outcomes> = {
  'README.md': {
    'Use it': { prints: /^DHIS2 2\.\d+\.\d+\n$/ },
  },
  'docs/queries.md': {
    'A small answer, in memory': {
      prints: /^\[ 'dx', 'pe', 'ou', 'value' \] 1000\n(\w{11} \d{6} \w{11} \S+\n){1000}$/,
    },
    'Rows, one by one': { prints: /^\d+\.\d+\n$/ },
    'Columns, in memory': {
      prints: /^\[\n( {2}'\d{6}: [\d.]+',?\n)+\]\n1000 \[ 'fbfJHSPpUQD', '\d{6}', '\w{11}', [\d.]+ \] \d+\n$/,
    },
    'A question too large for one request': {
      prints:
        /^\/api\/analytics\.json: \d+ pieces, [\d,]+ cells at most\n[\s\S]+data elements, SUM: \d+ pieces/,
    },
    'Other endpoints and parameters': {
      prints: /^20 \{ page: 1, total: 47, pageSize: 20, pageCount: 3 \}\n$/,
    },
    'Endpoints by name': { prints: /^1000 47\n$/ },
    'Whole lists: events, enrollments, tracked entities': { prints: /^47 events\n$/ },
    'SQL views': { prints: /^(\[[\s\S]*?\]\n){1000}$/ },
    'Giving up': { prints: /^AbortError\n$/ },
    'In a handler of HTTP': { prints: /^$/ },
    'In Express, Fastify or Koa': { prints: /^502 \{"code":"ERR_DHIS2_API"\}\n$/ },
  },
  'docs/transforms.md': {
    'A pipeline': { prints: /^$/, reports: /^\d+ bytes\n$/m, writes: ['anc.csv'] },
    'A chain': { prints: /^(\w{11}\n)*1000 objects, from row 1: \w{11} …\n$/ },
    'Dates, and a wide table': { prints: /^$/, writes: ['wide.csv'] },
  },
  'docs/files.md': {
    'Straight to a file': { prints: /^\d+ bytes\n$/, writes: ['out/pivot.xlsx'] },
    'To standard output': { prints: /^dx,pe,ou,value\n(\w{11},\d{6},\w{11},\S+\n){1000}$/ },
    'Arrow, for Python and DuckDB': { prints: /^$/, writes: ['anc.arrows'] },
    'Parquet, for buckets and warehouses': { prints: /^$/, writes: ['anc.parquet'] },
  },
  'docs/pull.md': {
    'Into files': {
      prints: /^true \[\]\n$/,
      reports: /^(\d+ rows, \d+ ms left\n)+$/,
      writes: ['out/anc/_manifest.json', 'out/anc/_pull.journal', 'out/anc/piece-0000000.parquet'],
    },
    'Into a table': { prints: /^true\n$/ },
    'Night after night': {
      prints: /^\{\}\nAll of it agrees with the tables of \d{4}-\S+Z or later\n$/,
      writes: ['out/nightly/_manifest.json', 'out/nightly/_pull.journal', 'out/nightly/piece-0000000.csv'],
    },
    'What is there': { prints: /^not begun\n$/ },
    'On several machines': { prints: /^true\n$/ },
    'Into a store of your own': { prints: /^begun\npiece\nfinished\n$/, writes: ['out/anc.journal'] },
    'As one stream': { prints: /^true\n$/ },
  },
  'docs/databases.md': {
    'Into PostgreSQL': { prints: /^1000 \{ inserted: 1000, updated: 0, deleted: 0, unchanged: 0 \}\n$/ },
    'Into DuckDB': {
      prints: /^1000 \{ inserted: 1000, updated: 0, deleted: 0, unchanged: 0 \}\n$/,
      writes: ['dhis2.duckdb'],
    },
    'Into SQLite': {
      prints: /^1000 \{ inserted: 1000, updated: 0, deleted: 0, unchanged: 0 \}\n$/,
      writes: ['dhis2.db'],
    },
    'What stands around the facts': {
      prints: /^$/,
      writes: ['star/data-items.csv', 'star/facts.csv', 'star/org-units.csv', 'star/periods.csv'],
    },
    ClickHouse: { prints: /^1000 1000\n$/ },
    'MariaDB and MySQL': undefined,
    'postgres.js': rowCount,
    kysely: rowCount,
    knex: rowCount,
    drizzle: rowCount,
  },
  'docs/errors.md': {
    Errors: { prints: /^409 E7124 409 E7124: / },
  },
  'docs/testing.md': {
    'Tests of your own': { prints: /^\[ '2024: 7\.0' \]\n\[ \[ 'fbfJHSPpUQD', 12 \] \]\n$/ },
    'A small country': { prints: /^true\n\d+\n$/ },
    'Tests without a server': { prints: /^\[ \[ 'fbfJHSPpUQD', '12\.0' \] \]\n$/ },
  },
  'docs/stages.md': {
    'A stage of your own': { prints: /^$/, writes: ['large.csv'] },
    'A sink of your own': { prints: /^\d+\.?\d*\n$/ },
  },
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

for (const each of pages) if (each.snippets.length > 0) describeCode(each, outcomesOf[each.name] ?? {})

function describeCode({ name, snippets }: Page, outcomes: Outcomes): void {
  describe(`The code in ${name}`, () => {
    let server: StandIn
    let postgres: Postgres
    let clickHouse: ClickHouse
    let directory: string

    before(async () => {
      server = await startDhis2()
      postgres = await startPostgres()
      clickHouse = await startClickHouse()
      const database = new pg.Client(postgres.url)
      await database.connect()
      await database.query('CREATE TABLE anc (dx text, pe text, ou text, value double precision)')
      await database.end()
      server.misbehave({
        delayMs: 60_000,
        times: Number.POSITIVE_INFINITY,
        when: ({ query }) => query.getAll('dimension').includes('pe:THIS_YEAR') && !query.has('skipData'),
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
      await clickHouse[Symbol.asyncDispose]()
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
      const outcome = outcomes[heading]
      if (!outcome) continue
      it(`does what it says under '${heading}'`, async (t) => {
        const cwd = await emptyDirectory(t)
        const path = join(directory, `${at}.ts`).slice(root.length)
        const env = { DATABASE_URL: postgres.url, CLICKHOUSE_URL: clickHouse.url }
        const { code, stdout, stderr } = await runScript(path, { cwd, env })
        assert.equal(code, 0, stderr)
        const { prints, reports = /^$/, writes = [] } = outcome
        assert.match(stdout, prints)
        assert.match(stderr, reports)
        assert.deepEqual(await filesIn(cwd), writes)
      })
    }
  })
}

const readme = page('README.md')
const client = page('docs/client.md')

describe('The pages', () => {
  it('shows commands that exist', () => {
    const commands = [readme, client]
      .flatMap(({ blocks }) => blocks)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => commandsOf(code))
    for (const command of commands) {
      const [, script] = /^npm (?:run )?(\w+)/.exec(command) ?? []
      const known =
        script === undefined
          ? // Those of the command line run in spec/cli/help.spec.ts.
            /^(export DHIS2_\w+=|npx dhis2-analytics-stream )/.test(command)
          : script in manifest.scripts || script === 'ci'
      assert.ok(known || command === `npm install ${manifest.name}`, command)
    }
    assert.ok(commands.includes('npm ci') && commands.includes('npm start') && commands.includes('npm test'))
  })

  it('has its commands run by .ci/run, which does nothing else but the reference', async () => {
    const script = await readFile(join(root, '.ci/run'), 'utf8')
    const commands = script.split('\n').filter((line) => line !== '' && !/^(#|set |cd )/.test(line))
    assert.deepEqual(commands, ['npm ci', 'npm test', 'npm start', 'npm run docs'])
    assert.match(readme.text, /^npm ci && npm start$/m)
    assert.match(readme.text, /^npm ci && npm test$/m)
    assert.match(client.text, /^npm run docs$/m)
  })

  it('lists every example, and none that is not there', async () => {
    const entries = await readdir(join(root, 'examples'))
    const listed = [...page('examples/README.md').text.matchAll(/`npx tsx examples\/([\w-]+\.ts)`/g)].map(
      ([, name]) => name,
    )
    assert.deepEqual(listed.sort(), entries.filter((name) => name.endsWith('.ts')).sort())
  })

  it('lists every error with its code', () => {
    const errors = Object.values(face).filter(
      (exported) => typeof exported === 'function' && exported.prototype instanceof face.Dhis2ClientError,
    )
    assert.ok(errors.length >= 10)
    for (const { name } of errors as { name: string }[]) {
      assert.match(
        page('docs/errors.md').text,
        new RegExp(`^\\| \`${name}\` \\| \`ERR_[A-Z0-9_]+\` \\|`, 'm'),
      )
    }
  })

  it('lists every transform and builder', () => {
    const others = ['basicAuth', 'bearerToken', 'personalAccessToken', 'isDhis2Error']
    const factories = Object.entries(face).flatMap(([name, exported]) =>
      typeof exported === 'function' && /^[a-z]/.test(name) && !others.includes(name) ? [name] : [],
    )
    assert.ok(factories.length >= 3)
    const tables = pages.map(({ text }) => text).join('\n')
    for (const name of factories) assert.match(tables, new RegExp(`^\\|.*\`${name}\\(`, 'm'))
  })
})

for (const { name, text } of pages) {
  it(`${name} links to pages and headings that are there`, async () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
    for (const [link, path, anchor] of links) {
      const target = path ? join(root, dirname(name), path) : join(root, name)
      assert.ok(existsSync(target), link)
      if (anchor) assert.ok(anchorsOf(await readFile(target, 'utf8')).includes(anchor), link)
    }
  })
}

/** Of headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\d\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function commandsOf(code: string): string[] {
  return code
    .split(/\n|&&/)
    .map((line) => line.replace(/ #.*/, '').trim())
    .filter((line) => line !== '')
}
