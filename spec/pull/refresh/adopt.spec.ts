import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  csvFiles,
  DatasetError,
  Dhis2Client,
  type PullReport,
  personalAccessToken,
} from '../../../lib/index.ts'
import type { PieceStore } from '../../../lib/pull/store.ts'
import { sqliteTable } from '../../../lib/sqlite.ts'
import { countryOf } from '../../../lib/testing/country/index.ts'
import { demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { emptyDirectory } from '../../support/run-script.ts'
import { drivers } from '../../support/sqlite-drivers.ts'
import { linesIn } from '../toy.ts'

const hourMs = 3_600_000
const only = { periods: 0, probeEveryDays: Number.POSITIVE_INFINITY, fullEveryDays: Number.POSITIVE_INFINITY }

async function world(t: TestContext) {
  const country = countryOf({ orgUnits: 20, levels: 3, filled: 0.8 })
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  const [a, b, c] = country.dataElements.map(({ id }) => id)
  const asked = (dx: (string | undefined)[]) => ({
    dx: dx as string[],
    pe: ['2024', '2025'],
    ou: ['LEVEL-3', country.orgUnits[0]!.id],
  })
  const plan = (dx: (string | undefined)[], options = {}) => client.analytics.plan(asked(dx), options)
  const truth = async (dx: (string | undefined)[]) =>
    (await client.analytics.aggregate(asked(dx))).rows
      .map((row) => [...row.slice(0, 3), Number(row[3])].join(','))
      .sort()
  return { server, country, plan, truth, a, b, c }
}

async function reportOf(events: AsyncIterable<{ type: string; report?: unknown }>) {
  for await (const event of events)
    if (event.type === 'finished')
      return event.report as { refresh?: { addedCount: number; droppedCount: number } }
  return undefined
}

/** Adds an element, takes it away, and looks at what is there and what was asked for each time. */
async function adopts(t: TestContext, into: PieceStore, rows: () => Promise<string[]>): Promise<void> {
  const { server, plan, truth, a, b, c } = await world(t)
  const [few, more] = [await plan([a, b]), await plan([a, b, c])]
  await reportOf(few.run({ into }))
  for (const attempt of [more.run({ into }), more.refresh({ into })]) {
    await assert.rejects(reportOf(attempt), (error: unknown) => {
      assert.ok(error instanceof DatasetError)
      assert.deepEqual(error.differences, [`- dimension=dx:${a};${b}`, `+ dimension=dx:${a};${b};${c}`])
      return true
    })
  }
  assert.deepEqual(await rows(), await truth([a, b]))

  const before = server.requests.length
  await reportOf(more.refresh({ into, adopt: true, ...only }))
  const asked = server.requests
    .slice(before)
    .flatMap(({ query }) => (query.has('skipData') ? [] : query.getAll('dimension')))
  assert.deepEqual([...new Set(asked.filter((dimension) => dimension.startsWith('dx:')))], [`dx:${c}`])
  assert.deepEqual(await rows(), await truth([a, b, c]))

  await assert.rejects(reportOf(few.run({ into })), DatasetError)
  await reportOf(more.run({ into }))
  const again = await reportOf(more.refresh({ into, ...only }))
  assert.deepEqual([again?.refresh?.addedCount, again?.refresh?.droppedCount], [0, 0])
  await reportOf(few.refresh({ into, adopt: true, ...only }))
  assert.deepEqual(await rows(), await truth([a, b]))
}

/** Is left when all that it had is dropped, and nothing is there of what it is asked now. */
async function isLeftEmpty(t: TestContext, into: PieceStore, rows: () => Promise<string[]>): Promise<void> {
  const { plan, truth, a, b } = await world(t)
  await reportOf((await plan([a])).run({ into }))
  const other = await plan([b])
  for await (const { type } of other.refresh({ into, adopt: true, ...only })) if (type === 'refreshing') break
  assert.deepEqual(await rows(), [])
  await reportOf(other.refresh({ into, ...only }))
  assert.deepEqual(await rows(), await truth([b]))
}

async function linesOf(folder: string): Promise<string[]> {
  const lines = await linesIn(folder)
  return lines.map((line) => line.replace(/[^,]*$/, (value) => String(Number(value)))).sort()
}

async function linesOfTable(database: ReturnType<(typeof drivers)[number]['open']>): Promise<string[]> {
  const rows = database.prepare('SELECT dx, pe, ou, value FROM anc').all()
  return rows.map((row) => Object.values(row as object).join(',')).sort()
}

describe('a dataset that is asked another question, and told to adopt it', () => {
  it('pulls a new element only, in a folder', async (t) => {
    const folder = join(await emptyDirectory(t), 'data')
    await adopts(t, csvFiles(folder), () => linesOf(folder))
    const manifest = JSON.parse(await readFile(join(folder, '_manifest.json'), 'utf8'))
    assert.equal(manifest.question.asked.filter(([name]: string[]) => name === 'dimension').length, 3)
  })

  it('pulls a new element only, in a table', async (t) => {
    const database = drivers[0]!.open(join(await emptyDirectory(t), 'data.db'))
    t.after(() => database.close())
    await adopts(t, sqliteTable({ database, table: 'anc' }), () => linesOfTable(database))
  })

  it('goes on where it was left with nothing of the old and nothing of the new', async (t) => {
    const folder = join(await emptyDirectory(t), 'data')
    await isLeftEmpty(t, csvFiles(folder), () => linesOf(folder))
    const database = drivers[0]!.open(join(await emptyDirectory(t), 'data.db'))
    t.after(() => database.close())
    await isLeftEmpty(t, sqliteTable({ database, table: 'anc' }), () => linesOfTable(database))
  })

  it('is told of an org unit that has moved, and pulls what that changes, beside what is new', async (t) => {
    const { country, plan, truth, a, b, c } = await world(t)
    const folder = join(await emptyDirectory(t), 'data')
    const into = csvFiles(folder)
    const small = { pieceCells: 4 }
    await reportOf((await plan([a, b], small)).run({ into }))
    const place = country.orgUnits.find(({ level }) => level === 3)!
    const to = country.orgUnits.find(({ level, id }) => level === 2 && id !== place.ids[1])!
    const before = `/${place.ids.join('/')}`
    country.move(place.id, to.id)
    country.advance(hourMs)
    country.rebuild()
    country.advance(hourMs)
    const again = await plan([a, b], small)
    await assert.rejects(reportOf(again.run({ into })), (error: unknown) => {
      assert.ok(error instanceof DatasetError)
      assert.deepEqual(error.differences, [`- ou ${before}`, `+ ou /${place.ids.join('/')}`])
      assert.match(error.message, /moved on since/)
      assert.equal(error.hasMovedOn, true)
      return true
    })
    const freshness = { policy: 'mixed', whileRunningMs: 1 } as const
    const more = (await plan([a, b, c], small)).refresh({
      into,
      adopt: true,
      metadata: 'concerned',
      freshness,
      ...only,
    })
    let report: PullReport | undefined
    let pulled = 0
    for await (const event of more) {
      if (event.type === 'waiting') country.advance(event.ms + 2000)
      if (event.type === 'piece') pulled += event.rowCount
      if (event.type === 'finished') report = event.report
    }
    const { differences } = report!.refresh!
    assert.equal(differences.length, 1)
    assert.match(differences[0]!, /^org unit District .+ moved from Region .+ to Region /)
    assert.ok(pulled > 0 && pulled < report!.rowCount, String(pulled))
    assert.deepEqual(await linesOf(folder), await truth([a, b, c]))
  })

  it('never adopts what another server was asked', async (t) => {
    const folder = join(await emptyDirectory(t), 'data')
    const [here, there] = [await world(t), await world(t)]
    await reportOf((await here.plan([here.a])).run({ into: csvFiles(folder) }))
    const attempt = (await there.plan([there.a])).refresh({ into: csvFiles(folder), adopt: true })
    await assert.rejects(reportOf(attempt), DatasetError)
  })
})
