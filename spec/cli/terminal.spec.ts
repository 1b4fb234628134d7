import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { onTerminal } from '../support/cli.ts'
import { eventually } from '../support/leaks.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

const asked = ['--dx', 'fbfJHSPpUQD,cYeuwXTCPkU', '--pe', '202401;202402', '--ou', 'LEVEL-2']
const isPull = ({ query }: { query: URLSearchParams }) => query.get('skipData') !== 'true'

/** With a sign for what steers the terminal. */
const shown = (raw: string) => raw.replaceAll('\u001b', '␛')

describe('on a terminal', () => {
  const own = standIn()

  it('the first rows are a table with names, and how many there are and how to have them all', async () => {
    const { code, screen, raw } = await onTerminal(['pull', ...asked, '--quiet'], { env: own.env, rows: 12 })
    assert.equal(code, 0)
    const lines = screen.trimEnd().split('\n')
    assert.match(lines[0]!, /^Data +Period +Organisation unit +Value$/)
    assert.match(lines[1]!, /^dx fbfJHSPpUQD {2}202401 {2}Bo +[\d.]+$/)
    assert.equal(lines.length, 1 + 6 + 3)
    // A line that is too long is broken by the terminal.
    assert.deepEqual(lines.slice(-3), [
      '',
      '52 rows, of which these are the first 6.',
      `To have them all: dhis2-analytics pull ${asked.join(' ').replace('202401;202402', "'202401;202402'")} --quiet > rows.csv`,
    ])
    assert.ok(raw.includes('\u001b[1m'), 'the head is bold')
  })

  it('a table is cut to the width, whatever is in it', async () => {
    const { screen } = await onTerminal(
      ['pull', '--endpoint', 'events/query/eBAyeGv0exc', '--pe', 'LAST_12_MONTHS', '-q'],
      { env: own.env, columns: 60, rows: 10 },
    )
    const lines = screen.split('\n')
    const table = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith('… and ')),
    )
    assert.equal(table.length, 6)
    for (const line of table) assert.ok([...line].length <= 60, line)
    assert.match(screen, /^… and \d+ more columns$/m)
    assert.match(screen, /^47 rows, of which these are the first 5\./m)
  })

  it('all rows are shown where there are few, and none where there is none', async () => {
    const few = await onTerminal(
      ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '202401', '--ou', 'ImspTQPwCqd', '-q'],
      { env: own.env },
    )
    assert.match(few.screen, /^1 row\.\nTo have them all: /m)
    const grid =
      '{"headers":[{"name":"dx","column":"Data"}],"metaData":{"items":{}},"rows":[],"height":0,"width":0}'
    own.server.misbehave({ body: grid, when: isPull })
    const none = await onTerminal(['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024', '-q'], { env: own.env })
    assert.match(none.screen, /^Data\n[\s\S]*^0 rows\./m)
  })

  it('ids are shown where there are no names', async () => {
    const grid = '{"headers":[{"name":"dx"}],"metaData":{},"rows":[["a"]],"height":1,"width":1}'
    own.server.misbehave({ body: grid, when: isPull })
    const args = ['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024', '--param', 'skipMeta=true', '-q']
    assert.match((await onTerminal(args, { env: own.env })).screen, /^dx\na\n/)
  })

  it('--chart draws a line of blocks for each period', async () => {
    const args = [
      'pull',
      '--dx',
      'fbfJHSPpUQD',
      '--pe',
      'LAST_12_MONTHS',
      '--ou',
      'ImspTQPwCqd',
      '--chart',
      '-q',
    ]
    const { code, screen } = await onTerminal(args, { env: own.env, columns: 60 })
    assert.equal(code, 0)
    const lines = screen.trimEnd().split('\n')
    assert.equal(lines.length, 12)
    for (const line of lines) assert.match(line, /^2025\d\d +[\d,.]+ █*[▏▎▍▌▋▊▉]?$/)
    assert.equal(Math.max(...lines.map((line) => line.length)), 60)
  })

  it('waiting is shown as waiting, and then how it went', async (t) => {
    const cwd = await emptyDirectory(t)
    own.server.misbehave({ delayMs: 400, when: isPull })
    const { code, screen } = await onTerminal(['pull', ...asked, '--to', 'anc.csv'], { env: own.env, cwd })
    assert.equal(code, 0)
    assert.match(screen, /waiting for the server, 0 s/)
    assert.match(screen, /✔ 52 rows, 2\.0 kB, in anc\.csv, \d s/)
    assert.deepEqual(await filesIn(cwd), ['anc.csv'])
  })

  it('progress tells rows, bytes and rate while they come, and cleans up behind it', async (t) => {
    const cwd = await emptyDirectory(t)
    const args = ['pull', ...asked, '--ou', 'LEVEL-4', '--to', 'anc.csv']
    own.server.misbehave({ bytesPerSecond: 20_000, when: isPull })
    const { screen, raw } = await onTerminal(args, { env: own.env, cwd })
    assert.match(screen, /[\d,]+ rows, [\d,]+ rows\/s, \d s/)
    assert.ok(raw.lastIndexOf('\u001b[?25h') > raw.lastIndexOf('\u001b[?25l'), 'the cursor is back')
  })

  it('rows that are shown have the terminal to themselves', async () => {
    own.server.misbehave({ bytesPerSecond: 5_000, when: isPull })
    const { code, screen } = await onTerminal(['pull', ...asked, '--format', 'csv'], { env: own.env })
    assert.equal(code, 0)
    assert.match(
      screen,
      /waiting for the server, 0 s.* \d s\n?dx,pe,ou,value\n(\w{11},\d{6},\w{11},[\d.]+\n){52}$/,
    )
  })

  it('a download of known length has a bar, and tells what is left', async (t) => {
    const cwd = await emptyDirectory(t)
    own.server.serve('/api/big.json', `{"rows":[${'"x",'.repeat(100_000)}"x"]}`)
    own.server.misbehave({ bytesPerSecond: 400_000 })
    const { code, screen } = await onTerminal(
      ['download', '--endpoint', '/api/big.json', '--to', 'big.json'],
      { env: own.env, cwd },
    )
    assert.equal(code, 0)
    assert.match(screen, /█+░* \d+ %, [\d.]+ [kM]B, [\d.]+ kB\/s, \d s, \d s left/)
    assert.match(screen, /✔ 400\.0 kB in big\.json/)
  })

  it('--quiet, a robot and a dumb terminal see no progress', async (t) => {
    const cwd = await emptyDirectory(t)
    const args = ['pull', ...asked, '--to', 'anc.csv']
    for (const [more, env] of [
      [['-q'], {}],
      [[], { CI: 'true' }],
    ] as const) {
      assert.equal((await onTerminal([...args, ...more], { env: { ...own.env, ...env }, cwd })).raw, '')
    }
  })

  it('NO_COLOR is honoured', async () => {
    const args = ['pull', ...asked]
    const { raw } = await onTerminal(args, { env: { ...own.env, NO_COLOR: '1' } })
    // Colours and weights; what moves the cursor stays.
    assert.doesNotMatch(shown(raw), /␛\[\d*(;\d+)*m/)
    const failed = await onTerminal(['pull', '--nope'], { env: { NO_COLOR: '1' } })
    assert.equal(failed.raw.includes('\u001b'), false)
    assert.ok((await onTerminal(['pull', '--nope'])).raw.includes('\u001b[31m'))
  })

  it('an interruption leaves the terminal and the folder as they were', async (t) => {
    const cwd = await emptyDirectory(t)
    own.server.misbehave({ delayMs: 60_000, when: isPull })
    const before = own.server.requests.length
    let sent = false
    const { code, raw } = await onTerminal(['pull', ...asked, '--to', 'anc.csv'], {
      env: own.env,
      cwd,
      onScreen(screen, terminal) {
        if (sent || !screen.includes('waiting')) return
        sent = true
        const hasAsked = () => own.server.requests.slice(before).some(isPull)
        void eventually(hasAsked, 'the request').then(() => terminal.write('\u0003'))
      },
    })
    assert.equal(code, 130)
    assert.ok(raw.lastIndexOf('\u001b[?25h') > raw.lastIndexOf('\u001b[?25l'), 'the cursor is back')
    assert.deepEqual(await filesIn(cwd), [])
  })

  it('what no terminal can show is refused', async () => {
    for (const args of [
      ['pull', ...asked, '--format', 'parquet'],
      ['pull', ...asked, '--to', '-', '--format', 'arrows'],
      ['download', '--endpoint', '/api/analytics.xlsx', '--dx', 'fbfJHSPpUQD'],
    ]) {
      const { code, screen } = await onTerminal(args, { env: own.env })
      assert.equal(code, 2)
      assert.match(screen, /A terminal can't show .*\nGive a file: --to /)
    }
  })

  it('what a server names can not steer the terminal', async () => {
    const grid = JSON.stringify({
      headers: [{ name: 'dx', column: 'Da\u001b[2Jta' }],
      metaData: { items: { a: { name: 'evil\u001b]0;title\u0007\nnext' } }, dimensions: { dx: ['a'] } },
      rows: [['a']],
      height: 1,
      width: 1,
    })
    own.server.misbehave({ body: grid, when: isPull })
    const { raw } = await onTerminal(['pull', '--dx', 'fbfJHSPpUQD', '--pe', '2024', '-q'], { env: own.env })
    assert.doesNotMatch(shown(raw), /␛\[2J|␛\]0/)
    assert.match(raw, /evil \]0;title next/)
  })

  it('convert shows a grid that was saved', async (t) => {
    const cwd = await emptyDirectory(t)
    const grid = {
      headers: [{ name: 'ou', column: 'Unit' }],
      metaData: { items: { a: { name: 'Bo' } }, dimensions: { ou: ['a'] } },
      rows: [['a']],
    }
    await mkdir(cwd, { recursive: true })
    await writeFile(join(cwd, 'grid.json'), JSON.stringify(grid))
    const { code, screen } = await onTerminal(['convert', 'grid.json', '-q'], { cwd })
    assert.deepEqual([code, screen.split('\n').slice(0, 2)], [0, ['Unit', 'Bo']])
    const nothing = await onTerminal(['convert'], { cwd })
    assert.equal(nothing.code, 2)
    assert.match(nothing.screen, /There is no grid on standard input/)
  })

  it('find is a table of what to type', async () => {
    const { code, screen } = await onTerminal(['find', 'ANC', '1st'], { env: own.env })
    assert.equal(code, 0)
    assert.match(
      screen,
      /^To type +Name +Kind +Code\n--dx fbfJHSPpUQD +ANC 1st visit +data element +CODE_1\n$/,
    )
    const many = await onTerminal(['find', 'C'], { env: own.env })
    assert.match(many.screen, /^… and \d+ more of kind org unit$/m)
  })
})
