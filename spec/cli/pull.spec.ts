import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, startCli } from '../support/cli.ts'
import { readArrow } from '../support/read-arrow.ts'
import { readParquet } from '../support/read-parquet.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const asked = [
  '--dx',
  'fbfJHSPpUQD,cYeuwXTCPkU',
  '--pe',
  '202401;202402',
  '--ou',
  'LEVEL-2',
  '--ou',
  'ImspTQPwCqd',
]
const events = [
  '--endpoint',
  'events/query/eBAyeGv0exc',
  '--param',
  'stage=Zj7UnCAulEk',
  '--pe',
  'LAST_12_MONTHS',
]

describe('dhis2-analytics pull', () => {
  const own = standIn()

  it('writes CSV into a pipe, and says nothing else', async () => {
    const { code, stdout, stderr } = await cli(['pull', ...asked], { env: own.env })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const [head, ...lines] = stdout.trimEnd().split('\n')
    assert.equal(head, 'dx,pe,ou,value')
    assert.equal(lines.length, 2 * 2 * 13)
    const { url } = own.server.requests.at(-1)!
    assert.match(
      url,
      /dimension=dx:fbfJHSPpUQD;cYeuwXTCPkU&dimension=pe:202401;202402&dimension=ou:LEVEL-2;ImspTQPwCqd$/,
    )
  })

  it('cuts no pipe short', async () => {
    const { code, bytes } = await cli(
      ['pull', '--dx', 'fbfJHSPpUQD,cYeuwXTCPkU', '--pe', 'LAST_12_MONTHS', '--ou', 'LEVEL-4'],
      {
        env: own.env,
      },
    )
    assert.equal(code, 0)
    const lines = bytes.toString().trimEnd().split('\n')
    assert.ok(bytes.length > 65_536, `${bytes.length} bytes`)
    assert.equal((lines.length - 1) % 24, 0)
  })

  for (const [format, first] of [
    ['tsv', 'dx\tpe\tou\tvalue'],
    ['ndjson', /^\{"dx":"fbfJHSPpUQD","pe":"202401","ou":"\w{11}","value":"[\d.]+"\}$/],
    ['csv', 'dx,pe,ou,value'],
  ] as const) {
    it(`writes ${format}`, async () => {
      const { code, stdout } = await cli(['pull', ...asked, '--format', format], { env: own.env })
      assert.equal(code, 0)
      const line = stdout.split('\n', 1)[0]!
      if (typeof first === 'string') assert.equal(line, first)
      else assert.match(line, first)
    })
  }

  it('writes a grid, which convert reads again, labels and all', async () => {
    const grid = await cli(['pull', ...asked, '--format', 'json'], { env: own.env })
    const { headers, rows, metaData, height, width, headerWidth } = JSON.parse(grid.stdout)
    assert.deepEqual([headers.length, rows.length, height, width, headerWidth], [4, 52, 52, 4, 4])
    assert.equal(metaData.items.O6uvpzGd5pu.name, 'Bo')
    const [again, straight] = await Promise.all([
      cli(['convert', '--labels'], { stdin: grid.bytes }),
      cli(['pull', ...asked, '--labels'], { env: own.env }),
    ])
    assert.equal(again.stdout, straight.stdout)
    assert.match(again.stdout, /,Bo,/)
  })

  it('writes a grid of no rows', async () => {
    own.server.misbehave({
      body: '{"headers":[{"name":"dx","column":"Data"}],"metaData":{},"rows":[],"height":0,"width":0}',
      when: ({ query }) => query.get('skipData') !== 'true',
    })
    const { stdout } = await cli(['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024', '--format', 'json'], {
      env: own.env,
    })
    const said =
      '{"headers":[{"name":"dx","column":"Data"}],"metaData":{},"rows":[],"height":0,"width":0,"headerWidth":1}\n'
    assert.equal(stdout, said)
  })

  it('writes the grid of a whole list, whose metaData is whole at its end', async () => {
    const { code, stdout } = await cli(['pull', ...events, '--format', 'json'], { env: own.env })
    assert.equal(code, 0)
    const { rows, metaData, height } = JSON.parse(stdout)
    assert.ok(height === 47 && rows.length === height)
    assert.ok(Object.keys(metaData.items).length > 0)
    assert.ok(stdout.indexOf('"metaData"') > stdout.indexOf('"rows"'))
  })

  it('writes Arrow and Parquet', async (t) => {
    const cwd = await emptyDirectory(t)
    const arrow = await cli(['pull', ...asked, '--format', 'arrows'], { env: own.env })
    assert.equal(readArrow(arrow.bytes).rows.length, 52)
    const { code, stdout, stderr } = await cli(['pull', ...asked, '--to', 'out/anc.parquet'], {
      env: own.env,
      cwd,
    })
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
    assert.equal((await readParquet(await readFile(join(cwd, 'out/anc.parquet')))).rows.length, 52)
  })

  it('hands on what came, with --format raw', async (t) => {
    const cwd = await emptyDirectory(t)
    const piped = await cli(['pull', ...asked, '--format', 'raw'], { env: own.env })
    const { code } = await cli(['pull', ...asked, '--format', 'raw', '--to', 'grid.json'], {
      env: own.env,
      cwd,
    })
    assert.equal(code, 0)
    assert.equal(await readFile(join(cwd, 'grid.json'), 'utf8'), piped.stdout)
    assert.deepEqual(Object.keys(JSON.parse(piped.stdout)).includes('rows'), true)
  })

  it('writes labels, casts, some columns under other names, and a dialect', async () => {
    const options = [
      '--labels',
      '--cast',
      '--columns',
      'ou=facility,value',
      '--header',
      'name',
      '--delimiter',
      ';',
      '--bom',
    ]
    const { stdout } = await cli(['pull', ...asked, ...options], { env: own.env })
    const [head, ...lines] = stdout.trimEnd().split('\n')
    assert.equal(head, '\uFEFFfacility;value')
    assert.match(lines[0]!, /^Bo;[\d.]+$/)
    const bare = await cli(['pull', ...asked, '--header', 'none', '--escape-formulas'], { env: own.env })
    assert.equal(bare.stdout.trimEnd().split('\n').length, 52)
    const labelled = await cli(['pull', ...asked, '--header', 'column'], { env: own.env })
    assert.match(labelled.stdout, /^Data,Period,Organisation unit,Value\n/)
  })

  it('puts a file into a folder, named after what was asked', async (t) => {
    const cwd = await emptyDirectory(t)
    for (const args of [
      [...asked, '--to', '.'],
      [...asked, '--to', 'raw/', '--format', 'raw'],
      [...asked, '--to', 'new/', '--format', 'ndjson'],
      [...events, '--to', '.'],
    ]) {
      assert.equal((await cli(['pull', ...args], { env: own.env, cwd })).code, 0)
    }
    assert.deepEqual(await filesIn(cwd), [
      'analytics.csv',
      'events-query-eBAyeGv0exc.csv',
      'new/analytics.ndjson',
      'raw/analytics.json',
    ])
  })

  it('prints the request with --dry-run, and sends nothing', async () => {
    const sent = own.server.requests.length
    for (const args of [asked, events]) {
      const { code, stdout, stderr } = await cli(['pull', ...args, '--dry-run'], {
        env: { DHIS2_URL: own.server.url },
      })
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      const [request = '', length] = stdout.split('\n')
      assert.match(request, /^GET http:\/\/127\.0\.0\.1:\d+\/api\/analytics/)
      assert.equal(length, `${request.length - 'GET '.length} bytes`)
    }
    assert.equal(own.server.requests.length, sent)
  })

  it('takes any dimension, filter and parameter', async () => {
    const { stdout } = await cli(
      [
        'pull',
        '--dx',
        'fbfJHSPpUQD',
        '--dimension',
        'co',
        '--filter',
        'ou:LEVEL-2',
        '--param',
        'skipMeta=true',
        '--dry-run',
      ],
      { env: own.env },
    )
    assert.match(
      stdout,
      /\/api\/analytics\.json\?dimension=dx:fbfJHSPpUQD&dimension=co&filter=ou:LEVEL-2&skipMeta=true\n/,
    )
  })

  it('names the ids that the server does not know, before it pulls', async () => {
    const dropped = JSON.stringify({
      headers: [],
      metaData: { dimensions: { dx: ['fbfJHSPpUQD'] } },
      rows: [],
      height: 0,
    })
    const isFirst = ({ query }: { query: URLSearchParams }) => query.get('skipData') === 'true'
    own.server.misbehave({ body: dropped, when: isFirst })
    const before = own.server.requests.length
    const both = await cli(
      ['pull', '--dx', 'fbfJHSPpUQD,NotHere0001', '--pe', '2024', '--ou', 'NotHere0002'],
      { env: own.env },
    )
    assert.equal(both.code, 2)
    assert.match(
      both.stderr,
      /^dhis2-analytics: The server does not know NotHere0001, NotHere0002, .*\n.*find .*\n$/,
    )
    assert.equal(own.server.requests.length, before + 2)

    const none =
      '{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"No valid options: `dx`","errorCode":"E7124"}'
    own.server.misbehave({ status: 409, body: none, contentType: 'application/json', when: isFirst })
    const one = await cli(['pull', '--dx', 'NotHere0001', '--pe', '2024'], { env: own.env })
    assert.match(one.stderr, /The server does not know NotHere0001, or you may not see it;/)

    own.server.misbehave({ status: 500, when: isFirst })
    const failed = await cli(['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024'], { env: own.env })
    assert.deepEqual([failed.code, failed.stdout], [4, ''])

    const codes = ['pull', '--dx', 'NotHere0001', '--pe', '2024', '--param', 'inputIdScheme=CODE']
    assert.equal((await cli(codes, { env: own.env })).code, 0)
  })

  it('ends quietly where its reader has seen enough', async () => {
    const { child, ended } = await startCli(['pull', ...asked, '--ou', 'LEVEL-4'], { env: own.env })
    child.stdout.once('data', () => child.stdout.destroy())
    const { code, stderr } = await ended
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  })

  it('tells of requests, retries and timings with --verbose, without secrets', async () => {
    own.server.misbehave({ status: 503, headers: { 'retry-after': '0' } })
    const { code, stdout, stderr } = await cli(['pull', ...asked, '-v'], { env: own.env })
    assert.equal(code, 0)
    assert.match(stdout, /^dx,pe/)
    assert.match(stderr, /^[\d.]+ s {2}GET http:\/\/127\.0\.0\.1:\d+\/api\/analytics\.json/m)
    assert.match(stderr, /attempt 1 failed, the next one in \d+ ms: .*503/)
    assert.match(stderr, /200 after \d+ ms: /)
    assert.match(stderr, /complete after \d+ ms, \d+ bytes: /)
    assert.doesNotMatch(stderr, /d2pat/)
  })

  it('warns where analytics never ran', async () => {
    own.server.misbehave(
      { body: '{"version":"2.43.1"}', when: ({ path }) => path === '/api/system/info' },
      {
        body: '{"headers":[{"name":"dx"}],"metaData":{},"rows":[],"height":0,"width":0}',
        when: ({ query }) => query.has('dimension') && query.get('skipData') !== 'true',
      },
    )
    const { code, stderr } = await cli(['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024'], { env: own.env })
    assert.equal(code, 0)
    assert.match(
      stderr,
      /^dhis2-analytics: warning: The answer has no rows, and the analytics of \S+ never ran/,
    )
  })
})

describe('an interrupted pull', () => {
  const own = standIn({ rows: 200_000 })

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`ends with ${status} after ${signal}, without litter, and leaves the old file as it was`, async (t) => {
      const cwd = await emptyDirectory(t)
      await writeFile(join(cwd, 'anc.csv'), 'old')
      own.server.misbehave({
        bytesPerSecond: 2_000_000,
        when: ({ query }) => query.get('skipData') !== 'true',
      })
      const { child, ended } = await startCli(
        ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024', '--to', 'anc.csv'],
        {
          env: own.env,
          cwd,
        },
      )
      while (!(await filesIn(cwd)).some((name) => name.endsWith('.partial')))
        await new Promise((next) => setTimeout(next, 20))
      child.kill(signal)
      const { code, stdout, stderr } = await ended
      assert.deepEqual({ code, stdout, stderr }, { code: status, stdout: '', stderr: '' })
      assert.deepEqual(await filesIn(cwd), ['anc.csv'])
      assert.equal(await readFile(join(cwd, 'anc.csv'), 'utf8'), 'old')
    })
  }
})
