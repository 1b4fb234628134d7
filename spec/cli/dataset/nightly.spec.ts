import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cli } from '../../support/cli.ts'
import { emptyDirectory } from '../../support/run-script.ts'
import { standIn } from '../../support/stand-in-env.ts'
import { dataRequests, isData, itemsOf, linesIn, months, smallCountry } from '../dataset-country.ts'

const dayMs = 86_400_000

describe('a dataset, night after night', () => {
  const country = smallCountry()
  const own = standIn({ country })
  const [first, second, third] = itemsOf(country)

  /** Nobody trusts tables that were made a moment ago, and the clock of a country stands still. */
  const inTime = (t: TestContext) => {
    const clock = setInterval(() => country.advance(5000), 50)
    t.after(() => clearInterval(clock))
  }

  const inFolder = async (t: TestContext) => {
    const cwd = await emptyDirectory(t)
    const dataset = (...words: string[]) => cli(['dataset', ...words], { env: own.env, cwd })
    const create = (dx: readonly (string | undefined)[], ...words: string[]) =>
      dataset(
        'create',
        'anc',
        '--dx',
        dx.join(),
        '--pe',
        months,
        '--ou',
        'LEVEL-3',
        '--format',
        'csv',
        ...words,
      )
    const described = async () => JSON.parse(await readFile(join(cwd, 'anc.dataset.json'), 'utf8'))
    const items = async () => [
      ...new Set((await linesIn(join(cwd, 'anc'))).map((line) => line.split(',')[0])),
    ]
    return { cwd, dataset, create, described, items }
  }

  it('tells by its status whether anything was pulled, or all of it', async (t) => {
    inTime(t)
    const { cwd, dataset } = await inFolder(t)
    const question = { dx: [first], pe: months.split(','), ou: ['LEVEL-3'] }
    const description = { format: 1, server: own.server.url, question, to: 'anc', files: 'csv' }
    await writeFile(join(cwd, 'anc.dataset.json'), JSON.stringify(description))
    const refresh = (...words: string[]) =>
      dataset('refresh', 'anc', '--periods', '0', '--exit-code', ...words).then(({ code }) => code)
    assert.equal(await refresh(), 11)
    assert.equal(await refresh(), 0)
    assert.equal(await refresh('--periods', '1'), 10)
    assert.equal(await refresh('--full-every', '0'), 11)
    assert.equal((await dataset('refresh', 'anc', '--full-every', '0')).code, 0)
    country.advance(8 * dayMs)
    country.rebuild()
    assert.equal(await refresh('--full-every', '9', '--no-changed-values'), 0)
    assert.equal(await refresh('--full-every', '7'), 11)
    country.advance(40 * dayMs)
    country.rebuild()
    assert.notEqual(await refresh('--full-every', 'never'), 11)
    assert.equal(await refresh(), 11)
  })

  it('becomes what is asked now with --adopt, and keeps what both ask for', async (t) => {
    inTime(t)
    const { cwd, dataset, create, described, items } = await inFolder(t)
    await create([first, second])
    const refused = await create([second, third])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /--adopt changes its question, and nothing else\.\n$/)
    const elsewhere = await create([second, third], '--adopt', '--to', 'other')
    assert.equal(elsewhere.code, 2)
    assert.match(elsewhere.stderr, /in\n- to anc\n\+ to other\nTake another name/)
    assert.deepEqual((await described()).question.dx, [first, second])

    const before = own.server.requests.length
    const adopted = await create([second, third], '--adopt', '--json')
    assert.equal(adopted.code, 0, adopted.stderr)
    assert.ok(JSON.parse(adopted.stdout).refresh.droppedCount > 0)
    assert.deepEqual((await described()).question.dx, [second, third])
    assert.deepEqual(await items(), [second, third].toSorted())
    const asked = own.server.requests.slice(before).filter(isData)
    assert.ok(asked.some(({ query }) => query.getAll('dimension').includes(`dx:${third}`)))

    // Who edits the file says so too.
    const path = join(cwd, 'anc.dataset.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace(third!, first!))
    const edited = dataRequests(own.server)
    for (const command of ['run', 'refresh']) {
      const { code, stderr } = await dataset(command, 'anc')
      assert.equal(code, 6)
      assert.match(
        stderr,
        /is of another question\. It differs in\n- dimension=dx:.*\n\+ dimension=dx:.*\n.*--adopt, of create and refresh, keeps what both ask for\.\n$/,
      )
    }
    assert.equal(dataRequests(own.server), edited)
    assert.equal((await dataset('refresh', 'anc', '--adopt', '--exit-code')).code, 10)
    assert.deepEqual(await items(), [first, second].toSorted())
    assert.match((await create([second, first], '--adopt')).stdout, /^anc: /)
  })

  it('is of one making of the tables with --freshness strict, and of several with mixed', async (t) => {
    inTime(t)
    const { dataset, create } = await inFolder(t)
    await create(itemsOf(country))
    own.server.misbehave({ delayMs: 300, times: Number.POSITIVE_INFINITY, when: isData })
    /** The pieces that were pulled, and those that are of other tables, where these are replaced meanwhile. */
    const pulledWith = async (freshness: string) => {
      const before = dataRequests(own.server)
      const rebuilding = setInterval(() => {
        if (dataRequests(own.server) < before + 2) return
        clearInterval(rebuilding)
        country.rebuild()
      }, 10)
      const { code, stdout } = await dataset(
        ...['refresh', 'anc', '--full-every', '0', '--freshness', freshness, '--json'],
      )
      assert.equal(code, 0)
      const { freshness: found, pieceCount, pulledCount } = JSON.parse(stdout)
      const others = found && found.old.length + found.suspect.length
      return { again: pulledCount - pieceCount, others }
    }
    const mixed = await pulledWith('mixed')
    assert.ok(mixed.others > 0)
    assert.equal(mixed.again, 0)
    const strict = await pulledWith('strict')
    assert.ok(strict.again > 0)
    assert.equal(strict.others, 0)
    assert.deepEqual(await pulledWith('off'), { again: 0, others: undefined })
    const unknown = await dataset('run', 'anc', '--freshness', 'fresh')
    assert.deepEqual([unknown.code, /strict, mixed, off/.test(unknown.stderr)], [2, true])
  })

  it('refuses numbers that are none before anything else', async (t) => {
    const { dataset } = await inFolder(t)
    for (const [words, tells] of [
      [['--periods', 'three'], /'three' is invalid\. It must be a whole number, 0 or more\.\n/],
      [['--periods', '-1'], /'-1' is invalid/],
      [['--full-every', '1.5'], /'1\.5' is invalid\. It must be a whole number of days, or 'never'\.\n/],
    ] as const) {
      const { code, stderr } = await dataset('refresh', 'anc', ...words)
      assert.equal(code, 2)
      assert.match(stderr, tells)
    }
  })
})
