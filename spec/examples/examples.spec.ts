import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { demoToken, startDhis2 } from '../../examples/support/dhis2-server.ts'
import {
  emptyDirectory,
  environment,
  filesIn,
  nodeArguments,
  type Run,
  root,
  run,
  runScript,
} from '../support/run-script.ts'

interface Outcome extends Run {
  readonly directory: string
  /** Every file the example left in the directory it ran in. */
  readonly files: string[]
  /** The lines of one of them. */
  linesOf(file: string): Promise<string[]>
}

type Check = (outcome: Outcome) => void | Promise<void>

const checks: Record<string, Check> = {
  'quick-start': async ({ stdout, files, linesOf }) => {
    assert.equal(stdout, 'Wrote out/quick-start.csv\n')
    assert.deepEqual(files, ['out/quick-start.csv'])
    const lines = await linesOf('out/quick-start.csv')
    assert.equal(lines.length, 1001)
    assert.deepEqual(lines.slice(0, 2), ['dx,pe,ou,value', 'fbfJHSPpUQD,202501,ImspTQPwCqd,1.0E-4'])
  },

  aggregate: ({ stdout, files }) => {
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, 13)
    assert.equal(lines[0], 'Data, Period, Organisation unit, Value')
    assert.match(lines[12]!, /^ANC 1st visit, December 2025, Sierra Leone, \d/)
    assert.deepEqual(files, [])
  },

  'stream-to-disk': async ({ stdout, directory, files, linesOf }) => {
    assert.deepEqual(files, ['out/disk/events.json', 'out/disk/pivot.csv', 'out/disk/pivot.xlsx'])
    const told = [...stdout.matchAll(/^(.+): (\d+) bytes$/gm)].map(([, file, size]) => [file, Number(size)])
    assert.equal(told.length, 3)
    for (const [file, size] of told) assert.equal((await stat(join(directory, String(file)))).size, size)
    assert.equal((await linesOf('out/disk/pivot.csv'))[0], 'Data,Period,Organisation unit,Value')
    assert.equal((await readFile(join(directory, 'out/disk/pivot.xlsx'))).toString('latin1', 0, 2), 'PK')
    const events = JSON.parse(await readFile(join(directory, 'out/disk/events.json'), 'utf8'))
    assert.equal(events.rows.length, 47)
  },

  rows: ({ stdout, files }) => {
    const [count, ...totals] = stdout.trimEnd().split('\n')
    assert.equal(count, '50000 rows')
    assert.match(totals[0]!, /^ANC 1st visit: \d+\.\d$/)
    assert.deepEqual(files, [])
  },

  'etl-stage': async ({ files, linesOf }) => {
    assert.deepEqual(files, ['out/large-values.csv'])
    const [header, ...lines] = await linesOf('out/large-values.csv')
    assert.equal(header, 'facility,year,month,indicator,value')
    assert.ok(lines.length > 100 && lines.length < 10_000, `${lines.length} lines`)
    for (const line of lines) assert.match(line, /^\w{11},2025,\d\d,\w{11},[12]\d{3}$/)
  },

  stdout: ({ stdout, stderr, files }) => {
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, 200_001)
    assert.equal(lines[0], 'dx,pe,ou,value')
    assert.ok(lines.every((line) => line.split(',').length === 4))
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  postgres: ({ stdout, stderr, files }) => {
    const [failure, rolledBack, loaded, after] = stdout.trimEnd().split('\n')
    assert.match(failure!, /^TruncatedResponseError: The response stopped after \d+ of \d+ bytes/)
    assert.equal(rolledBack, 'After the failed load: 0 rows in the table, sum 0')
    assert.equal(loaded, 'Loaded 50000 rows')
    assert.match(after!, /^After the good one: 50000 rows in the table, sum \d{8}\.\d+$/)
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  'pg-boss': ({ stdout, stderr, files }) => {
    assert.match(stdout, /^\d+ pieces, 26 rows, complete: true\n$/)
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  'nightly-postgres': ({ stdout, stderr, files }) => {
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'Night 1: { inserted: 312, updated: 0, deleted: 0, unchanged: 0 }',
      'Night 2: { inserted: 0, updated: 26, deleted: 13, unchanged: 273 }',
      'Night 3: { inserted: 0, updated: 0, deleted: 0, unchanged: 299 }',
      'Night 4: TruncatedResponseError',
      '299 rows in the table, sum 325',
    ])
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  'parquet-by-year': async ({ stdout, stderr, directory, files }) => {
    assert.deepEqual(files, ['out/anc/2022.parquet', 'out/anc/2023.parquet', 'out/anc/2024.parquet'])
    const told = [...stdout.matchAll(/^(\d{4}): 1000 rows, (\d+) bytes$/gm)]
    assert.equal(told.length, 3)
    for (const [, year, size] of told) {
      assert.equal((await stat(join(directory, `out/anc/${year}.parquet`))).size, Number(size))
    }
    assert.equal(stdout.match(/'202[234]' │ 1000 +│ \d+(\.\d)? /g)?.length, 3, stdout)
    assert.equal(stderr, '')
  },

  duckdb: ({ stdout, stderr, files }) => {
    const [first, second, failure] = stdout.split('\n')
    assert.equal(first, '50000 rows: { inserted: 50000, updated: 0, deleted: 0, unchanged: 0 }')
    assert.equal(second, '50000 rows: { inserted: 0, updated: 0, deleted: 0, unchanged: 50000 }')
    assert.match(failure!, /^TruncatedResponseError: The response stopped after \d+ of \d+ bytes/)
    assert.equal(stdout.match(/'2025\d\d' │ 417 /g)?.length, 12, stdout)
    assert.equal(stderr, '')
    assert.deepEqual(files, ['dhis2.duckdb'])
  },

  clickhouse: ({ stdout, stderr, files }) => {
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'Night 1: 156 rows came, 156 are in the table',
      'Night 2: 143 rows came, 143 are in the table',
      'Night 3: TruncatedResponseError',
      '143 rows are in the table',
    ])
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  progress: async ({ stderr, directory, files }) => {
    assert.deepEqual(files, ['out/progress.csv', 'out/progress.json'])
    const reports = stderr.trimEnd().split('\n')
    assert.equal(reports.filter((line) => line.endsWith(', done')).length, 2)
    for (const file of files) {
      const { size } = await stat(join(directory, file))
      assert.ok(reports.includes(`${size} of ${size} (100 %) bytes, done`), `${file}: ${size} in\n${stderr}`)
    }
  },

  abort: ({ stdout, stderr, files }) => {
    assert.equal(stdout, 'Timeout: AbortError\nController: AbortError\n')
    assert.equal(stderr, '')
    assert.deepEqual(files, [])
  },

  'whole-list': async ({ stdout, files, linesOf }) => {
    assert.equal(stdout, 'Wrote out/events.csv\n')
    assert.deepEqual(files, ['out/events.csv'])
    const [header, ...lines] = await linesOf('out/events.csv')
    assert.equal(header, 'psi,eventdate,ouname,UXz7xuGCEhU')
    assert.equal(lines.length, 2655)
    assert.equal(new Set(lines).size, lines.length)
  },

  star: ({ stdout, stderr, files }) => {
    const [facts, units, items, periods, ...answer] = stdout.trimEnd().split('\n')
    assert.deepEqual(
      [facts, units, items, periods],
      ['facts: 2496 rows', 'org_units: 104 rows', 'data_items: 2 rows', 'periods: 12 rows'],
    )
    assert.equal(answer.length, 5)
    for (const line of answer) assert.match(line, /^[A-Z][\w ]+, [1-4], ANC [12]\w\w visit, \d+$/)
    assert.equal(stderr, '')
    assert.deepEqual(files, ['out/star.duckdb'])
  },

  'sql-view': ({ stdout, files }) => {
    const [types, count] = stdout.trimEnd().split('\n')
    assert.equal(types, 'string number boolean Kédougou, "nord" Point')
    assert.equal(count, '500 rows of uid, rows, active, comment, geometry')
    assert.deepEqual(files, [])
  },

  'dimension-items': ({ stdout, files }) => {
    const [values, events, ...dimensions] = stdout.trimEnd().split('\n')
    assert.deepEqual([values, events], ['24 values', '1 events'])
    assert.deepEqual(dimensions, [
      'dx:DE_GROUP-h9cuJOkOwY2;BfMAe6Itzgt.REPORTING_RATE',
      'pe:LAST_12_MONTHS',
      'ou:ImspTQPwCqd;LEVEL-3',
      'ou:USER_ORGUNIT',
      'UXz7xuGCEhU:GE:2500:LT:4000',
      'cejWyOfXge6:IN:Female;D2__NOVALUE',
      'qrur9Dvnyt5-Yf6UHoPkdS6',
      'A03MvHHogjR.a3kGcGDCuk6',
    ])
    assert.deepEqual(files, [])
  },

  'to-objects': ({ stdout, files }) => {
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, 1000)
    for (const line of lines) {
      const { value, ...ids } = JSON.parse(line)
      assert.equal(typeof value, 'number')
      assert.deepEqual(Object.keys(ids), ['indicator', 'period', 'facility'])
    }
    assert.deepEqual(files, [])
  },

  'cast-cells': ({ stdout }) => {
    assert.equal(stdout.match(/eventdate: \d{4}-\d\d-\d\dT[\d:.]+Z,/g)?.length, 5)
    assert.equal(stdout.match(/weight: (null|\d\.\d+),/g)?.length, 5)
    assert.equal(stdout.match(/bcg: (null|true|false),/g)?.length, 5)
  },

  'label-cells': async ({ stdout, files, linesOf }) => {
    assert.equal(stdout, 'Wrote out/labelled.csv\n')
    assert.deepEqual(files, ['out/labelled.csv'])
    const lines = await linesOf('out/labelled.csv')
    assert.equal(lines.length, 1001)
    assert.deepEqual(lines.slice(0, 2), [
      'ou,facility,month,indicator,value',
      'ImspTQPwCqd,Sierra Leone,January 2025,ANC 1st visit,1.0E-4',
    ])
  },

  'filter-and-map': ({ stdout, files }) => {
    const lines = stdout.trimEnd().split('\n')
    assert.ok(lines.length > 1)
    for (const line of lines) {
      assert.match(line, /^\d+ rows of facility,year,value, the first \w{11},2025,[12]\d{3}(\.\d+)?$/)
    }
    for (const line of lines.slice(0, -1)) assert.match(line, /^500 /)
    assert.deepEqual(files, [])
  },

  'data-values': ({ stdout, files }) => {
    assert.match(stdout, /^1000 data values of \d+ org units\n$/)
    assert.deepEqual(files, [])
  },

  main: async ({ stdout, stderr, directory, files, linesOf }) => {
    assert.deepEqual(files, ['out/pivot.csv'])
    assert.equal((await linesOf('out/pivot.csv')).length, 1_000_001)
    const { size } = await stat(join(directory, 'out/pivot.csv'))
    assert.match(stdout, /^rows +1,000,000$/m)
    assert.match(stdout, /^bytes in +\d\d\.\d MB of JSON$/m)
    assert.ok(stdout.includes(`${(size / 1e6).toFixed(1)} MB of CSV, in out/pivot.csv`), stdout)
    assert.match(stdout, /^seconds +\d+\.\d\d /m)
    assert.match(stdout, /^peak memory +\d+\.\d MB/m)
    assert.match(stdout, /^ {2}dx,pe,ou,value\n( {2}\w{11},\d{6},\w{11},\S+\n){4}$/m)
    assert.match(stderr, /^(\d+\.\d) MB of \1 MB, /m)
  },
}

describe('Examples', { concurrency: 2 }, () => {
  it('have a check each', async () => {
    const entries = await readdir(join(root, 'examples'))
    const examples = entries.flatMap((name) => (name.endsWith('.ts') ? [name.slice(0, -3)] : []))
    assert.deepEqual(examples.sort(), Object.keys(checks).sort())
  })

  for (const [name, check] of Object.entries(checks)) {
    it(`${name} does what it says`, async (t) => {
      const outcome = await ran(t, name)
      assert.equal(outcome.code, 0, outcome.stderr)
      await check(outcome)
    })
  }
})

describe('Examples that end early or go wrong', () => {
  it('end quietly when the reader of their output leaves', async (t) => {
    const directory = await emptyDirectory(t)
    const line = [process.execPath, ...nodeArguments, join(root, 'examples/stdout.ts')].map(
      (part) => `'${part}'`,
    )
    const script = `${line.join(' ')} | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', script], directory, environment())
    assert.equal(stdout, 'dx,pe,ou,value\n0\n')
    assert.equal(stderr, '')
  })

  it('say what is missing when a server is named but not what to pull', async (t) => {
    const { code, stdout, stderr, files } = await ran(t, 'main', { env: { DHIS2_URL: 'http://127.0.0.1:9' } })
    assert.equal(code, 2)
    assert.match(stderr, /npm start -- --dx \S+ --pe \S+ --ou \S+/)
    assert.equal(stdout, '')
    assert.deepEqual(files, [])
  })

  it('say what is missing when a server is named but not who you are', async (t) => {
    const env = { DHIS2_URL: 'http://127.0.0.1:9', DHIS2_USERNAME: 'admin' }
    const { code, stderr, files } = await ran(t, 'main', { env, args: ['a', '2025', 'b'] })
    assert.equal(code, 2)
    assert.match(stderr, /set DHIS2_PAT, or DHIS2_USERNAME and DHIS2_PASSWORD/)
    assert.deepEqual(files, [])
  })

  for (const [how, credentials] of [
    ['a token', { DHIS2_PAT: demoToken }],
    ['a password', { DHIS2_USERNAME: 'admin', DHIS2_PASSWORD: 'district' }],
  ] as const) {
    it(`pull what the arguments say from your own server, with ${how}`, async (t) => {
      const server = await startDhis2({ rows: 30, contextPath: '/dhis' })
      t.after(() => server.close())
      const args = ['--dx', 'fbfJHSPpUQD;cYeuwXTCPkU', '--pe', '2025', '--ou', 'LEVEL-2']
      const { code, stdout, stderr } = await ran(t, 'main', {
        env: { DHIS2_URL: server.url, ...credentials },
        args,
      })
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^rows +30$/m)
      assert.deepEqual(
        server.requests.map(({ path, query }) => [path, query.getAll('dimension')]),
        [['/dhis/api/analytics.json', ['dx:fbfJHSPpUQD;cYeuwXTCPkU', 'pe:2025', 'ou:LEVEL-2']]],
      )
    })
  }

  it('fail when the server does', async (t) => {
    const closed = await closedPort()
    const env = { DHIS2_URL: `http://127.0.0.1:${closed}`, DHIS2_PAT: demoToken }
    const { code, stderr } = await ran(t, 'quick-start', { env })
    assert.equal(code, 1)
    assert.match(stderr, /ConnectionError: .*ECONNREFUSED/)
    assert.ok(!stderr.includes(demoToken))
  })
})

async function ran(
  t: TestContext,
  name: string,
  options: { env?: Record<string, string>; args?: readonly string[] } = {},
): Promise<Outcome> {
  const directory = await emptyDirectory(t)
  const outcome = await runScript(`examples/${name}.ts`, { cwd: directory, ...options })
  return {
    ...outcome,
    directory,
    files: await filesIn(directory),
    linesOf: async (file) => (await readFile(join(directory, file), 'utf8')).trimEnd().split('\n'),
  }
}

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
