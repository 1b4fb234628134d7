import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type CliRun, cli, onTerminal, startCli } from '../support/cli.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'
import {
  askedOf,
  dataRequests,
  isData,
  itemsOf,
  linesIn,
  months,
  smallCountry,
  truthOf,
  untilDone,
} from './dataset-country.ts'

const dayMs = 86_400_000

describe('dhis2-analytics dataset', () => {
  const country = smallCountry()
  const own = standIn({ country })
  const asked = askedOf(country)
  /** How long data is waited for, behind so many answers, until the test is over. */
  const slowly = (t: TestContext, delayMs = 300, behind = 0) => {
    let isSlow = true
    let asked = 0
    const when = (request: Parameters<typeof isData>[0]) => isSlow && isData(request) && ++asked > behind
    own.server.misbehave({ delayMs, times: Number.POSITIVE_INFINITY, when })
    const end = () => {
      isSlow = false
    }
    t.after(end)
    return end
  }

  /** Nobody trusts tables that were made a moment ago, and the clock of a country stands still. */
  const inTime = (t: TestContext) => {
    const clock = setInterval(() => country.advance(5000), 50)
    t.after(() => clearInterval(clock))
  }

  /** In a folder: the command line, with the words behind `dataset`. */
  const at = (cwd: string) => ({
    cwd,
    data: join(cwd, 'out/anc'),
    run: (...words: string[]) => cli(['dataset', ...words], { env: own.env, cwd }),
    create: (...words: string[]) =>
      cli(['dataset', 'create', 'anc', ...asked, '--format', 'csv', '--to', 'out/anc/', ...words], {
        env: own.env,
        cwd,
      }),
    start: (...words: string[]) => startCli(['dataset', ...words], { env: own.env, cwd }),
    async status() {
      const { code, stdout } = await cli(['dataset', 'status', 'anc', '--json'], { cwd })
      assert.equal(code, 0)
      return JSON.parse(stdout)
    },
  })

  const succeeds = ({ code, stdout, stderr }: CliRun, tells: RegExp) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, tells)
  }

  it('creates, and then there is nothing to do; a piece is asked for once', async (t) => {
    const here = at(await emptyDirectory(t))
    succeeds(
      await here.create(),
      /^anc: complete, \d+ pieces pulled; \d+ rows in \d+ pieces, in out\/anc\/?.*\n$/,
    )
    assert.deepEqual(await linesIn(here.data), truthOf(country))
    const { pieceCount } = await here.status()
    const before = dataRequests(own.server)
    succeeds(await here.run('run', 'anc'), /^anc: complete, nothing was to do; /)
    succeeds(await here.create(), /^anc: complete, nothing was to do; /)
    assert.equal(dataRequests(own.server), before)
    assert.ok(pieceCount > 5)
    const description = JSON.parse(await readFile(join(here.cwd, 'anc.dataset.json'), 'utf8'))
    assert.deepEqual(description, {
      format: 1,
      server: own.server.url,
      question: { dx: itemsOf(country), pe: months.split(','), ou: ['LEVEL-3'] },
      to: 'out/anc',
      files: 'csv',
    })
  })

  it('goes on where it was killed, and comes to the same', async (t) => {
    const here = at(await emptyDirectory(t))
    const quickly = slowly(t, 60_000, 3)
    const { child, ended } = await here.start('create', 'anc', ...asked, '--format', 'csv', '--to', 'out/anc')
    await untilDone(here.data, 3)
    const held = await here.status()
    assert.deepEqual([held.heldBy.pid, held.heldBy.mayBeAlive, held.isComplete], [child.pid, true, false])
    child.kill('SIGKILL')
    await ended
    const killed = await here.status()
    assert.equal(killed.heldBy.mayBeAlive, false)
    const { stdout } = await here.run('status', 'anc')
    assert.match(stdout, /^state +\d+ pieces of \d+ to pull$/m)
    assert.match(
      stdout,
      /^held by +nobody: process \d+ on \S+ since \S+ is gone, and the next run takes over$/m,
    )
    quickly()
    const before = dataRequests(own.server)
    const again = await here.run('run', 'anc', '--json')
    const report = JSON.parse(again.stdout)
    assert.deepEqual([again.code, report.isComplete, report.isChanged], [0, true, true])
    // Others may be joined now.
    assert.equal(report.pulledCount, report.pieceCount - killed.piecesDone)
    assert.equal(dataRequests(own.server) - before, report.pulledCount)
    assert.deepEqual(await linesIn(here.data), truthOf(country))
    assert.equal((await here.status()).heldBy, null)
  })

  it('ends with 130 and a word how to go on, and nothing is half done', async (t) => {
    const here = at(await emptyDirectory(t))
    const quickly = slowly(t)
    const { child, ended } = await here.start('create', 'anc', ...asked, '--format', 'csv', '--to', 'out/anc')
    await untilDone(here.data, 2)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    assert.deepEqual({ code, stdout }, { code: 130, stdout: '' })
    assert.equal(stderr, 'Interrupted, and nothing is half done. Run the same again, and it goes on.\n')
    assert.deepEqual(
      (await filesIn(here.data)).filter((name) => !/^(_pull\.journal|piece-[\d-]+\.csv)$/.test(name)),
      [],
    )
    quickly()
    succeeds(await here.run('run', 'anc'), /^anc: complete, \d+ pieces pulled; /)
    assert.deepEqual(await linesIn(here.data), truthOf(country))
  })

  it('tells a second run at once who has it', async (t) => {
    const here = at(await emptyDirectory(t))
    slowly(t, 1500)
    const { child, ended } = await here.start('create', 'anc', ...asked, '--format', 'csv', '--to', 'out/anc')
    await untilDone(here.data, 1)
    const second = await here.run('run', 'anc')
    assert.equal(second.code, 9)
    assert.match(
      second.stderr,
      new RegExp(
        `^dhis2-analytics: Another run has this dataset since \\S+: process ${child.pid} on .*\\nWait for it`,
      ),
    )
    const told = await here.run('refresh', 'anc', '--json-errors')
    const { kind, heldSince } = JSON.parse(told.stderr)
    assert.deepEqual([told.code, kind, typeof heldSince], [9, 'busy', 'string'])
    assert.equal((await ended).code, 0)
    assert.deepEqual(await linesIn(here.data), truthOf(country))
  })

  it('refreshes what was edited, tells whether it did, and pulls all of it when that is due', async (t) => {
    inTime(t)
    const here = at(await emptyDirectory(t))
    await here.create()
    const idle = JSON.parse((await here.run('refresh', 'anc', '--periods', '0', '--json')).stdout)
    assert.deepEqual([idle.isChanged, idle.pulledCount], [false, 0])
    succeeds(await here.run('refresh', 'anc', '--periods', '0'), /^anc: refreshed, nothing was to do; /)
    const [element] = country.dataElements
    const [orgUnit] = country.enteredBy(element!.id)
    country.advance(dayMs)
    country.edit({ dataElement: element!.id, period: '202507', orgUnit: orgUnit!.id, value: 4321 })
    country.rebuild()
    const refreshed = await here.run('refresh', 'anc', '--periods', '0')
    succeeds(refreshed, /^anc: refreshed, 1 piece pulled \(1 as [^)]+\); /)
    assert.deepEqual(await linesIn(here.data), truthOf(country))
    succeeds(
      await here.run('refresh', 'anc', '--periods', '1', '--no-changed-values'),
      /^anc: refreshed, \d+ pieces pulled \(\d+ as one of the last 1 periods?\); /,
    )
    assert.equal((await here.run('refresh', 'anc', '-q')).stdout, '')
    country.advance(31 * dayMs)
    country.rebuild()
    succeeds(
      await here.run('refresh', 'anc', '--periods', '0'),
      /^anc: complete, \d+ pieces pulled, all of it, as /,
    )
    assert.deepEqual(await linesIn(here.data), truthOf(country))
    const { stdout } = await here.run('status', 'anc')
    assert.match(stdout, /^state +complete$/m)
    assert.match(stdout, /^as of +analytics tables of 2025-11-\S+$/m)
    assert.match(stdout, /^periods +4: 202507, 202508, 202509, 202510$/m)
  })

  it('says what is missing, and asks for it again', async (t) => {
    const here = at(await emptyDirectory(t))
    const [, bad] = itemsOf(country)
    country.limits.bad[bad!] = 'fails'
    t.after(() => delete country.limits.bad[bad!])
    const { code, stdout, stderr } = await here.create('--json')
    assert.equal(code, 8)
    assert.equal(JSON.parse(stdout).isComplete, false)
    const [what, remedy, ...others] = stderr.split('\n')
    assert.match(
      what!,
      new RegExp(`^dhis2-analytics: \\d+ of \\d+ pieces could not be had: dx ${bad}, pe .*: 409 E7145: `),
    )
    assert.equal(remedy, 'All else is there. To ask for them again: dhis2-analytics dataset run anc')
    assert.deepEqual(others, [''])
    const status = await here.run('status', 'anc')
    assert.match(status.stdout, new RegExp(`^missing +dx ${bad}, pe \\d+.*: 409 E7145: [^\\[]*$`, 'm'))
    delete country.limits.bad[bad!]
    succeeds(await here.run('run', 'anc'), /^anc: complete, \d+ pieces? pulled; /)
    assert.deepEqual(await linesIn(here.data), truthOf(country))
  })

  it('shows what differs where it is another question', async (t) => {
    const here = at(await emptyDirectory(t))
    await here.create()
    const otherwise = [...asked.slice(0, -1), 'LEVEL-2', '--format', 'csv', '--to', 'out/anc']
    const other = await here.run('create', 'anc', ...otherwise)
    assert.equal(other.code, 2)
    assert.match(
      other.stderr,
      /^dhis2-analytics: There is a dataset anc already, which is another\. It differs in\n- ou LEVEL-3\n\+ ou LEVEL-2\nTake another name, /,
    )
    const place = await here.run('create', 'two', ...otherwise)
    assert.equal(place.code, 6)
    assert.match(place.stderr, /\n- dimension=ou:LEVEL-3\n\+ dimension=ou:LEVEL-2\nNothing was changed\. /)
    const told = await here.run('create', 'two', ...otherwise, '--json-errors')
    assert.deepEqual(JSON.parse(told.stderr).differences, [
      '- dimension=ou:LEVEL-3',
      '+ dimension=ou:LEVEL-2',
    ])
    assert.ok(!existsSync(join(here.cwd, 'two.dataset.json')))
  })

  it('says to refresh where the question has come to mean something else', async (t) => {
    inTime(t)
    const here = at(await emptyDirectory(t))
    const dx = itemsOf(country)[0]!
    const words = ['--dx', dx, '--pe', 'LAST_3_MONTHS', '--ou', 'LEVEL-2', '--format', 'csv']
    succeeds(await here.run('create', 'moving', ...words), /^moving: complete, /)
    country.advance(31 * dayMs)
    const moved = await here.run('run', 'moving')
    assert.equal(moved.code, 6)
    assert.match(
      moved.stderr,
      /moved on since.*\n- pe 2025\d\d\n\+ pe 2025\d\d\nNothing was changed\. To have what it means now: dhis2-analytics dataset refresh moving\n$/,
    )
    succeeds(await here.run('refresh', 'moving'), /^moving: /)
    succeeds(await here.run('run', 'moving'), /nothing was to do/)
  })

  it('is found by its path, wherever one is, and its folder may be moved', async (t) => {
    const cwd = await emptyDirectory(t)
    await mkdir(join(cwd, 'country'))
    const create = await at(cwd).run('create', 'country/anc', ...asked)
    succeeds(create, /, in country\/anc.*\n$/)
    await rename(join(cwd, 'country'), join(cwd, 'moved'))
    const elsewhere = at(await emptyDirectory(t))
    succeeds(await elsewhere.run('run', join(cwd, 'moved/anc')), /nothing was to do/)
    const { stdout } = await elsewhere.run('status', join(cwd, 'moved/anc.dataset.json'))
    assert.match(stdout, /^where +\S+moved\/anc, parquet files$/m)
  })

  it('keeps the profile, and no secret', async (t) => {
    const here = at(await emptyDirectory(t))
    const profiles = join(here.cwd, 'profiles.json')
    const demo = { url: own.server.url, pat: own.env.DHIS2_PAT }
    await writeFile(profiles, JSON.stringify({ demo }), { mode: 0o600 })
    const env = { DHIS2_PROFILES: profiles }
    const create = ['dataset', 'create', 'anc', ...asked, '--profile', 'demo']
    succeeds(await cli(create, { env, cwd: here.cwd }), /complete/)
    const text = await readFile(join(here.cwd, 'anc.dataset.json'), 'utf8')
    assert.match(text, /"profile": "demo"/)
    assert.ok(!text.includes(demo.pat))
    succeeds(await cli(['dataset', 'refresh', 'anc'], { env, cwd: here.cwd }), /refreshed/)
    // Who is meant for another server is sent to none.
    const wrong = await cli(['dataset', 'run', 'anc'], {
      env: { DHIS2_URL: 'http://127.0.0.1:1', DHIS2_PAT: 'd2pat_other' },
      cwd: at(here.cwd).cwd,
    })
    assert.equal(wrong.code, 2)
  })

  it('leaves nothing behind of what can not be', async (t) => {
    const here = at(await emptyDirectory(t))
    for (const [words, tells] of [
      [
        ['anc', '--dx', 'abcdefghijk', '--pe', '2024', '--ou', 'LEVEL-2'],
        /The server does not know abcdefghijk, or/,
      ],
      [['anc', ...asked, '--ou', 'LEVEL-9'], /The server does not know LEVEL-9, or/],
      [['anc', '--dx', itemsOf(country)[0]!, '--ou', 'LEVEL-2'], /without pe/],
      [['anc', ...asked, '--to', 'anc.parquet'], /folder of files, and anc\.parquet is called like one/],
      [['anc', ...asked, '--to', '-'], /A dataset is no pipe/],
      [['anc', ...asked, '--to', 's3://bucket/anc'], /can't write to s3: addresses/],
      [['anc', ...asked, '--table', 'anc'], /--table is for databases/],
      [['anc', ...asked, '--to', 'x.duckdb'], /Which table of x\.duckdb is not said/],
      [
        ['anc', ...asked, '--to', 'x.duckdb', '--table', 'anc', '--format', 'csv'],
        /--format csv is for a folder/,
      ],
      [['anc', ...asked, '--to', 'postgres://me:secret@localhost/x', '--table', 'anc'], /holds the password/],
    ] as const) {
      const { code, stderr } = await here.run('create', ...words)
      assert.equal(code, 2, stderr)
      assert.match(stderr, tells)
    }
    for (const command of ['run', 'refresh', 'status']) {
      const { code, stderr } = await here.run(command, 'anc')
      assert.equal(code, 2)
      assert.match(stderr, /^dhis2-analytics: There is no dataset anc: \S+anc\.dataset\.json is not there\n/)
    }
    assert.deepEqual(await filesIn(here.cwd), [])
    const nearest = await here.run('refrsh', 'anc')
    assert.deepEqual([nearest.code, nearest.stderr.split('\n')[1]], [2, 'Did you mean refresh?'])
    const option = await here.run('refresh', 'anc', '--period', '3')
    assert.deepEqual([option.code, option.stderr.split('\n')[1]], [2, 'Did you mean --periods?'])
    const unknown = await here.run('refresh', '--quiet')
    assert.match(unknown.stderr, /\ndhis2-analytics dataset refresh --help tells what there is\.\n$/)
  })

  it('refuses a description that is none', async (t) => {
    const here = at(await emptyDirectory(t))
    for (const [text, tells] of [
      ['{', /does not tell what a dataset is/],
      ['{"format":2}', /does not tell what a dataset is: format/],
      [`{"format":1,"server":"x","question":{},"to":"a","password":"p"}`, /password/],
    ] as const) {
      await writeFile(join(here.cwd, 'anc.dataset.json'), text)
      const { code, stderr } = await here.run('run', 'anc')
      assert.equal(code, 6)
      assert.match(stderr, tells)
    }
    await mkdir(join(here.cwd, 'folder.dataset.json'))
    assert.equal((await here.run('run', 'folder')).code, 7)
  })

  it('tells of what was not begun', async (t) => {
    const here = at(await emptyDirectory(t))
    const description = {
      format: 1,
      server: 'https://dhis2.example.org',
      question: { dx: ['a'] },
      to: 'data',
    }
    await writeFile(join(here.cwd, 'anc.dataset.json'), JSON.stringify(description))
    assert.match((await here.run('status', 'anc')).stdout, /^state +not begun$/m)
    assert.deepEqual([(await here.status()).isBegun, (await here.status()).isComplete], [false, false])
    await mkdir(join(here.cwd, 'data'))
    assert.match((await here.run('status', 'anc')).stdout, /^state +not begun$/m)
  })

  it('shows pieces, rows, rate and what is left on a terminal, and waiting as waiting', async (t) => {
    const here = at(await emptyDirectory(t))
    own.server.misbehave(
      { delayMs: 400, times: 6, when: isData },
      { status: 429, headers: { 'retry-after': '2' }, when: isData },
    )
    const words = ['dataset', 'create', 'anc', ...asked]
    const { code, screen } = await onTerminal(words, { env: own.env, cwd: here.cwd, columns: 140 })
    assert.equal(code, 0, screen)
    assert.match(screen, /asking what there is to pull, \d+ s/)
    assert.match(screen, /waiting for the server, 0 of \d+ pieces, \d s/)
    assert.match(screen, /█+░* \d+ %, \d+ of \d+ pieces, \d+ rows, [\d,]+ rows\/s, \d s, \d s left/)
    assert.match(screen, /waiting [0-2] s, \d+ of \d+ pieces: /)
    assert.match(screen, /anc: complete, /)
  })

  it('tells events as lines with --verbose', async (t) => {
    const here = at(await emptyDirectory(t))
    const { stderr } = await here.create('--verbose')
    assert.match(stderr, /^\d+\.\d{3} s {2}run 1 begins, \d+ pieces to pull$/m)
    assert.match(stderr, /^\d+\.\d{3} s {2}piece 0: \d+ rows; 1 of \d+ pieces/m)
    assert.match(stderr, /^\d+\.\d{3} s {2}finished: \d+ of \d+ pieces, \d+ rows$/m)
    assert.match(stderr, /^\d+\.\d{3} s {2}GET http/m)
    const again = await here.run('refresh', 'anc', '-v')
    assert.match(again.stderr, /^\d+\.\d{3} s {2}pulling again \d+ pieces, 0 are new$/m)
  })
})

describe('dhis2-analytics plan', () => {
  const country = smallCountry()
  const own = standIn({ country })

  it('tells the pieces, and asks for no data', async () => {
    const { code, stdout, stderr } = await cli(['plan', ...askedOf(country), '-v'], { env: own.env })
    assert.equal(code, 0)
    assert.match(stdout, /^\/api\/analytics\.json: \d+ pieces, \d+ cells at most\n/)
    assert.match(stdout, /^data elements, SUM: 1 piece, /m)
    assert.match(stderr, /GET http/)
    const { stdout: json } = await cli(['plan', ...askedOf(country), '--json'], { env: own.env })
    assert.equal(JSON.parse(json).format, 1)
    assert.equal(dataRequests(own.server), 0)
  })

  it('names what the server would drop', async () => {
    const { code, stderr } = await cli(['plan', ...askedOf(country), '--ou', 'LEVEL-9'], { env: own.env })
    assert.equal(code, 2)
    assert.match(stderr, /^dhis2-analytics: The server does not know LEVEL-9, or you may not see it; /)
  })

  it('tells why what must not be cut is refused', async () => {
    const { code, stdout, stderr } = await cli(['plan', ...askedOf(country), '--param', 'order=ASC'], {
      env: own.env,
    })
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^dhis2-analytics: plan: leave order=ASC out: it is about the answer as a whole/)
  })
})
