import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Misbehaviour, type RecordedRequest, startDhis2 } from '../../lib/testing/index.ts'
import { cli, shell } from '../support/cli.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const asked = ['--dx', 'fbfJHSPpUQD', '--pe', '202401']

describe('what was typed wrongly', () => {
  const cases: readonly (readonly [typed: string, said: RegExp])[] = [
    ['pul', /unknown command 'pul'\nDid you mean pull\?/],
    ['nothing', /unknown command 'nothing'\ndhis2-analytics --help tells what there is\./],
    ['pull --label', /unknown option '--label'\nDid you mean --labels\?/],
    ['pull --formt=secret', /unknown option '--formt'\nDid you mean --format\?/],
    ['pull --pasword=secret', /unknown option '--pasword'\n/],
    ['pull -psecret', /unknown option '-p'\n/],
    [
      'download --endpoint analytics.csv --to postgres://me:secret@localhost/x',
      /A download is a file\nGive a file/,
    ],
    ['pull --username me:secret', /--username holds a password, .*\nLeave it and the colon out/],
    ['pull --labels=yes', /option '--labels' takes no value\n/],
    ['pull --qqq', /unknown option '--qqq'\ndhis2-analytics pull --help tells what there is\./],
    ['pull --format xml', /argument 'xml' is invalid.*\n/],
    ['pull extra', /too many arguments.*\n/],
    ['find', /missing required argument 'text'\n/],
    ['download', /required option '--endpoint <path>' not specified\n/],
    ['completion tcsh', /value 'tcsh' is invalid for argument 'shell'.*\n/],
    ['pull --param stage --dry-run', /--param stage has no value\nWrite --param name=value/],
    [
      'pull --endpoint dataValueSet',
      /A data value set has no rows to pull\nTake it as it is: dhis2-analytics download/,
    ],
    ['pull --to anc.xlsx', /What anc\.xlsx is to hold is not said\nThe server makes spreadsheets/],
    ['pull --to anc.feather', /What anc\.feather .*\nThat is the Arrow file format/],
    ['pull --to anc', /What anc is to hold is not said\nName it \.csv, \.tsv,/],
    ['pull --to anc.csv --format parquet', /anc\.csv would hold parquet\n/],
    ['pull --to s3://bucket/anc.csv', /--to can't write to s3: addresses\n/],
    ['pull --to dhis2.duckdb', /Which table of dhis2\.duckdb is not said\nGive --table/],
    ['pull --to postgres://localhost/x', /Which table of the database is not said\n/],
    [
      'pull --to dhis2.duckdb --table a --format csv',
      /--format csv is for files and pipes, and dhis2\.duckdb is a database\n/,
    ],
    [
      'pull --to postgres://me:secret@localhost/x --table a',
      /--to holds the password of a database.*\n.*PGPASSWORD/,
    ],
    [
      'pull --to postgres://localhost:99999/x --table a',
      /--to is no address of a database\nWrite it as postgres:/,
    ],
    ['pull --to postgresql://localhost/x?password=secret --table a', /--to holds the password/],
    ['pull --chart --to anc.csv', /--chart draws on standard output/],
    ['pull --table a', /--table, --mode and --key are for databases\n/],
    ['pull --format ndjson --delimiter ;', /--delimiter is for csv, and this is ndjson\n/],
    ['pull --format ndjson --bom', /--bom is for csv and tsv, and this is ndjson\n/],
    ['pull --format raw --labels', /--labels is for rows, and this is raw\n/],
    ['pull --dx fbfJHSPpUQD --pe 202401 --columns nope', /no column "nope"; there are dx, pe, value/],
  ]
  const own = standIn()

  for (const [typed, said] of cases) {
    it(typed, async (t) => {
      const cwd = await emptyDirectory(t)
      const { code, stdout, stderr } = await cli(typed.split(' '), { env: own.env, cwd })
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr)
      assert.match(stderr, said)
      assert.match(stderr, /^dhis2-analytics: [^\n]+\n[^\n]+\n$/)
      assert.doesNotMatch(stderr, /secret@|=secret|secret'|:secret/)
      assert.deepEqual(await filesIn(cwd), [])
    })
  }

  it('nothing at all is answered with what there is', async () => {
    const { code, stderr } = await cli([])
    assert.equal(code, 2)
    assert.match(stderr, /Usage: dhis2-analytics/)
  })
})

describe('what fails has an exit status by its kind, and two lines', () => {
  const own = standIn()
  const isPull = ({ query }: RecordedRequest) => query.get('skipData') !== 'true'
  const page = { body: '<html><title>Hello</title></html>', contentType: 'text/html' }

  const kinds: readonly (readonly [title: string, status: number, befalls: Misbehaviour, remedy: RegExp])[] =
    [
      ['auth: a token that is none', 3, { status: 401 }, /Check the address and DHIS2_PAT/],
      ['auth: what the user may not do', 3, { status: 403 }, /ask who runs the server/],
      ['server: what is not there', 4, { status: 404 }, /check the address, and --endpoint/],
      ['server: a question it refuses', 4, { status: 409 }, /change the question/],
      ['network: nobody there', 5, { destroyBeforeHeaders: true }, /Check the address, the network/],
      ['data: a page in place of it', 6, page, /what stands between/],
      ['data: what is no grid', 6, { body: '{"headers":[],"rows":[}' }, /--format raw/],
      ['incomplete: an answer cut short', 8, { truncateAfter: 100 }, /Run it again/],
    ]
  for (const [title, status, befalls, remedy] of kinds) {
    it(title, async () => {
      await using server = await startDhis2()
      server.misbehave({ ...befalls, when: isPull, times: Number.POSITIVE_INFINITY })
      const { code, stderr } = await cli(['pull', ...asked], { env: { ...own.env, DHIS2_URL: server.url } })
      assert.equal(code, status, stderr)
      assert.match(stderr, /^dhis2-analytics: [^\n]+\n[^\n]+\n$/)
      assert.match(stderr, remedy)
      assert.doesNotMatch(stderr, /d2pat|\[GET /)
    })
  }

  it('disk: a folder that can not be written to', async (t) => {
    const cwd = await emptyDirectory(t)
    await writeFile(join(cwd, 'file'), '')
    const { code, stderr } = await cli(['pull', ...asked, '--to', 'file/anc.csv'], { env: own.env, cwd })
    assert.equal(code, 7, stderr)
    assert.match(stderr, /^dhis2-analytics: Cannot write .*\nMake room, or name another place with --to\.\n$/)
  })

  it('disk: what is full', { skip: !existsSync('/dev/full') }, async () => {
    for (const typed of ['find Bo', 'pull --dx fbfJHSPpUQD --pe 202401']) {
      const { code, stderr } = await shell(`dhis2-analytics ${typed} > /dev/full`, { env: own.env })
      assert.equal(code, 7, stderr)
      assert.match(stderr, /^dhis2-analytics: .*ENOSPC.*\n[^\n]+\n$/)
    }
  })

  it('--json-errors is one line for scripts, with the request and without secrets', async () => {
    own.server.misbehave({ status: 409, when: isPull })
    const { stderr } = await cli(['pull', ...asked, '--json-errors'], { env: own.env })
    const said = JSON.parse(stderr)
    assert.deepEqual(
      [said.kind, said.status, said.code, said.httpStatus],
      ['server', 4, 'ERR_DHIS2_API', 409],
    )
    assert.match(said.request.url, /\/api\/analytics\.json\?dimension=dx:fbfJHSPpUQD/)
    assert.doesNotMatch(stderr, /d2pat/)
    const typed = await cli(['pull', '--label', '--json-errors'])
    assert.deepEqual(JSON.parse(typed.stderr), {
      kind: 'usage',
      status: 2,
      message: "unknown option '--label'",
      remedy: 'Did you mean --labels?',
    })
  })

  it('data: a list of metadata that is none', async () => {
    own.server.misbehave({ body: '{"pager":', contentType: 'application/json', times: 6 })
    const { code, stderr } = await cli(['find', 'x'], { env: own.env })
    assert.equal(code, 6, stderr)
    assert.match(stderr, /What \/api\/\w+\.json says is no JSON\n/)
  })

  it('usage: a chart of several values for one period, or of none', async () => {
    const args = ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '202401', '--ou', 'LEVEL-2', '--chart']
    const two = await cli(args, { env: own.env })
    assert.equal(two.code, 2)
    assert.match(two.stderr, /A chart has one value per period, and 202401 has several\n/)
    const units = '{"headers":[{"name":"ou"}],"metaData":{},"rows":[["a"]],"height":1,"width":1}'
    own.server.misbehave({
      body: units,
      when: ({ query }) => query.get('skipData') !== 'true' && query.has('dimension'),
    })
    const none = await cli(args, { env: own.env })
    assert.match(none.stderr, /A chart wants periods and values/)
  })
})

describe('an address that is not right', () => {
  const own = standIn()
  const saidOf = async (url: string) => (await cli(['info'], { env: { ...own.env, DHIS2_URL: url } })).stderr
  const remedy = 'It is DHIS2_URL, --url or the url of the profile.\n'

  it('is told with the one to write', async () => {
    const { url } = own.server
    const said = 'dhis2-analytics: The address of the server'
    assert.equal(await saidOf(`${url}/api`), `${said} must stop before /api; write '${url}'\n${remedy}`)
    assert.ok((await saidOf('dhis2.example.org')).startsWith(`${said} is not a URL; write it like 'https:`))
    const secret = await saidOf('http://admin:secret@localhost')
    assert.match(secret, /must not carry credentials; give them as DHIS2_USERNAME and DHIS2_PASSWORD\n/)
    assert.doesNotMatch(secret, /secret/)
    assert.match(
      await saidOf(url.replace('http:', 'https:')),
      /^dhis2-analytics: No response: wrong version number; .* write http:\/\/ in the address, or another port\n/,
    )
  })
})
