import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startPostgres } from '../examples/support/postgres.ts'
import { version } from '../lib/version.ts'
import { moduleOf, pages } from './support/pages.ts'
import { startProxy } from './support/proxy.ts'
import { environment, filesIn, type Run, root, run } from './support/run-script.ts'
import {
  compilers,
  libraries,
  type Packed,
  packed,
  type UserProject,
  versionOf,
} from './support/user-project.ts'

/** What pg, DuckDB, SQLite and fastify are to the programs that use them: their own types are none for every compiler. */
const typesOfOthers = `
declare module 'fastify' {
  type Reply = { send(body: unknown): unknown; code(status: number): Reply }
  type Request = { log: { error(error: unknown): void } }
  export function fastify(): {
    setErrorHandler(handle: (error: unknown, request: Request, reply: Reply) => unknown): void
    get(path: string, handle: () => unknown): void
    inject(path: string): Promise<{ statusCode: number; body: string }>
  }
}
declare module '@duckdb/node-api' {
  interface Answer { rowsChanged: number; getRowObjectsJson(): Record<string, unknown>[] }
  interface Connection { runAndReadAll(sql: string): Promise<Answer>; interrupt(): void; disconnectSync(): void }
  export class DuckDBInstance {
    static create(path?: string): Promise<DuckDBInstance>
    static fromCache(path: string): Promise<DuckDBInstance>
    connect(): Promise<Connection>
  }
}
declare module 'node-sqlite3-wasm' {
  interface Statement { run(...values: never[]): { changes: number }; all(...values: never[]): unknown[] }
  class Database {
    constructor(path: string)
    exec(sql: string): void
    prepare(sql: string): Statement
    close(): void
  }
  const sqlite: { Database: typeof Database }
  export default sqlite
}
declare module 'pg' {
  class Client {
    constructor(url?: string)
    connect(): Promise<void>
    query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
    end(): Promise<void>
  }
  class Pool {
    constructor(options: { connectionString: string | undefined })
    readonly totalCount: number
    connect(): Promise<Client>
    on(event: 'error', listener: (error: Error) => void): this
    end(): Promise<void>
  }
  const pg: { Client: typeof Client; Pool: typeof Pool }
  export default pg
}
`

/** What a compiler has to refuse. */
const mistakes = `
import { Dhis2Client, toCsv } from 'dhis2-analytics-stream'
await using client = new Dhis2Client({ baseUrl: 'https://dhis2.example.org' })
// @ts-expect-error: an unknown field of a query
client.analytics.stream({ dX: 'a' })
await client.analytics.aggregate({ dx: 'a', skipMeta: true, aggregationType: 'SUM' })
// @ts-expect-error: no value of a parameter
client.analytics.stream({ dx: 'a', order: 'UP' })
// @ts-expect-error: an unknown header
toCsv({ header: 'label' })
`

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/** Why undici 8 is left out here, if it is. */
const noUndici8 =
  major < 22 || (major === 22 && minor < 19)
    ? `undici 8 needs Node 22.19, and this is ${process.version}`
    : false

/** Whether there is such a program, and else why what needs it is left out. */
async function without(program: string): Promise<string | false> {
  return run(program, ['--version'], root, environment()).then(
    () => false,
    () => `no ${program} is on the PATH`,
  )
}

const [noDeno, noBun] = await Promise.all(['deno', 'bun'].map(without))

let packages: Packed
let project: UserProject

before(async () => {
  packages = await packed()
  project = await packages.project(
    ...(await Promise.all(
      ['@types/node', 'undici', 'pg', '@duckdb/node-api', 'node-sqlite3-wasm'].map(
        async (name) => `${name}@${await versionOf(name)}`,
      ),
    )),
  )
})

after(() => packages[Symbol.asyncDispose]())

/** What a program printed that went well, and said nothing else. */
async function printed(run: Promise<Run>): Promise<string> {
  const { code, stdout, stderr } = await run
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout)
  return stdout
}

it('The tarball holds what is imported and read, and nothing else', () => {
  for (const path of [
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/main.js',
    'lib/index.ts',
    'README.md',
    'FAULTS.md',
    'docs/databases.md',
    'LICENSE',
  ]) {
    assert.ok(packages.paths.includes(path), `${path} is not packed`)
  }
  assert.deepEqual(
    packages.paths.filter((path) => /^(spec|examples|bench|coverage|out)\//.test(path)),
    [],
  )
})

describe('What others find wrong with packages they find not here', () => {
  it('publint', async () => {
    const { code, stdout } = await run(
      process.execPath,
      [bin('publint', 'src/cli.js'), 'run', packages.tarball, '--strict'],
      root,
      process.env,
    )
    assert.equal(code, 0, stdout)
  })

  // require() of ESM, which Node has had since 20.19, it does not know.
  it('are the types wrong', async () => {
    const attw = bin('@arethetypeswrong/cli', 'dist/index.js')
    const { code, stdout } = await run(
      process.execPath,
      [attw, packages.tarball, '--profile', 'esm-only'],
      root,
      process.env,
    )
    assert.equal(code, 0, stdout)
  })
})

function bin(name: string, path: string): string {
  return join(root, 'node_modules', name, path)
}

/** Of the page of databases only what is ours: it has code for the clients of others too. */
const snippets = pages.flatMap(({ name, snippets }) => (name === 'docs/databases.md' ? [] : snippets))

it('The command line is there under both of its names', async () => {
  for (const name of ['dhis2-analytics', 'dhis2-analytics-stream']) {
    const path = join(project.folder, 'node_modules/.bin', name)
    const { code, stdout } = await run(path, ['--version'], project.folder, environment())
    assert.deepEqual([code, stdout], [0, `${version}\n`])
  }
})

describe('The programs of a user, and the code on the pages, compile', () => {
  for (const compiler of Object.keys(compilers) as (keyof typeof compilers)[]) {
    for (const libs of Object.keys(libraries) as (keyof typeof libraries)[]) {
      it(`with TypeScript ${compiler}, ${libs} libraries`, async () => {
        await writeFile(join(project.folder, 'others.d.ts'), typesOfOthers)
        await writeFile(join(project.folder, 'mistakes.ts'), mistakes)
        const shown = snippets.map((_, at) => `page-${at}.ts`)
        for (const [at, snippet] of snippets.entries()) {
          await writeFile(join(project.folder, shown[at]!), moduleOf(snippet, 'https://dhis2.example.org'))
        }
        const programs = await readdir(join(root, 'spec/package'))
        // An older TypeScript knows no require() of ESM.
        const files = programs.filter((name) => compiler !== '5.4' || !name.endsWith('.cts'))
        const { code, stdout } = await project.compile(compiler, libs, [
          ...['others.d.ts', 'mistakes.ts'],
          ...shown,
          ...files,
        ])
        assert.equal(code, 0, stdout)
      })
    }
  }
})

describe('The programs of a user run', () => {
  it('by night, with retries', async () => {
    assert.match(
      await printed(project.run('nightly.js')),
      /^1: GET \/api\/analytics\.csv: Dhis2ApiError, 1 ms\n2: GET \/api\/analytics\.csv: ConnectionError, 2 ms\ndone: (\d+)\nwritten: \1\n$/,
    )
    const [file] = (await filesIn(project.folder)).filter((path) => path.endsWith('nightly.csv'))
    assert.equal((await readFile(join(project.folder, file!), 'utf8')).trimEnd().split('\n').length, 5001)
  })

  it('as an upsert in batches', async () => {
    await using postgres = await startPostgres()
    const batches = (pull: string) =>
      `${pull}: 1000 from row 1\n${pull}: 1000 from row 1001\n${pull}: 500 from row 2001\n`
    assert.equal(
      await printed(project.run('upsert.js', { DATABASE_URL: postgres.url })),
      `${batches('first')}${batches('second')}[{"count":2500,"min":2,"max":2,"numbers":2500}]\n`,
    )
  })

  it('as a handler of HTTP', async () => {
    assert.equal(
      await printed(project.run('handler.js')),
      '200 text/csv 1001\n502 ERR_DHIS2_API\nbroken off\n',
    )
  })

  it('behind a proxy', async (t) => {
    const proxy = await startProxy(t)
    const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '', no_proxy: '' }
    assert.match(await printed(project.run('proxied.js', env)), /^(2\.\S+ 10\n){2}4\n$/)
    assert.equal(proxy.asked.length, 4)
  })

  it('as tables with dates, and wide', async () => {
    assert.equal(
      await printed(project.run('wide.js')),
      `fbfJHSPpUQD 202401 2024-01-31T00:00:00.000Z 202401
fbfJHSPpUQD 202402 2024-02-29T00:00:00.000Z 202402
cYeuwXTCPkU 202401 2024-01-31T00:00:00.000Z 1.5
dx,pe,pe.start,pe.end,ou,value
Period,Period start date,Period end date,Organisation unit,dx fbfJHSPpUQD,dx cYeuwXTCPkU
202401,2024-01-01,2024-01-31,Sierra Leone,202401,1.5
202402,2024-02-01,2024-02-29,Sierra Leone,202402,
159 159
`,
    )
  })

  it('as a Parquet file and a table of DuckDB', async () => {
    assert.equal(
      await printed(project.run('facts.js')),
      `500 {"inserted":500,"updated":0,"deleted":0,"unchanged":0}
500 {"inserted":0,"updated":0,"deleted":0,"unchanged":500}
[{"rows":0}]
`,
    )
  })

  it('as tests of their own', async () => {
    const told = await printed(project.run('own.test.js', {}, '--test', '--test-reporter=tap'))
    assert.match(told, /^# tests 5$[\s\S]*^# pass 5$/m)
  })

  const mocked = 'fbfJHSPpUQD,12.0\nfbfJHSPpUQD,12.0\nERR_AUTHENTICATION\n'

  it('on a MockAgent of undici 7', async () => {
    assert.equal(await printed(project.run('mocked.js')), mocked)
  })

  it('on a MockAgent of undici 8', { skip: noUndici8 }, async () => {
    const newer = await packages.project(`@types/node@${await versionOf('@types/node')}`, 'undici@8')
    for (const compiler of Object.keys(compilers) as (keyof typeof compilers)[]) {
      const { code, stdout } = await newer.compile(compiler, 'named', ['mocked.ts'])
      assert.equal(code, 0, stdout)
    }
    assert.equal(await printed(newer.run('mocked.js')), mocked)
  })

  it('from CommonJS', async () => {
    assert.equal(await printed(project.run('required.cjs')), 'a\n1\n')
  })

  it('on Deno', { skip: noDeno }, async () => {
    for (const file of ['nightly.js', 'wide.js', 'mocked.js', 'required.cjs']) {
      const onNode = await printed(project.run(file))
      const args = ['run', '--allow-all', join(project.folder, 'js', file)]
      const onDeno = await run('deno', args, project.folder, environment())
      assert.deepEqual({ file, ...onDeno }, { file, code: 0, stdout: onNode, stderr: onDeno.stderr })
    }
  })

  it('not on Bun, where the client says so at once', { skip: noBun }, async () => {
    const program = join(project.folder, 'js/nightly.js')
    const { code, stdout, stderr } = await run('bun', [program], project.folder, environment())
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /QueryError: Dhis2Client: the undici of this runtime is none that can send requests/)
  })
})
