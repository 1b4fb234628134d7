import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DatasetError, Dhis2ApiError, type RowStream } from '../../lib/index.ts'
import type { PullEvent } from '../../lib/pull/events.ts'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import type { Piece, Plan } from '../../lib/pull/piece.ts'
import { SharedColumns } from '../../lib/pull/run/columns.ts'
import { EventQueue } from '../../lib/pull/run/event-queue.ts'
import { pieceStage } from '../../lib/pull/run/piece-rows.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import { verdictOn } from '../../lib/pull/run/verdict.ts'
import { rowsFrom } from '../../lib/rows/rows-from.ts'
import { worldOf } from '../../lib/testing/world.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { eventsOf, linesIn, quick, reportOf, startToy, toyPlan, toyQuestion, toyRows } from './toy.ts'

const piece = toyPlan({ question: toyQuestion }).piece('0')

describe('pieces with their columns in another order', () => {
  const headers = ['dx', 'pe', 'value'].map((name) => ({ name }))
  const [dx] = toyQuestion.dx

  it('get the order of the first', async () => {
    const columns = new SharedColumns(headers)
    const { stage, rowsOf } = pieceStage(piece, columns, () => assert.fail())
    const rows = rowsFrom(['value', 'dx', 'pe'], [['1', dx, '202401']]).through(stage)
    assert.deepEqual(await rows.toArray(), [[dx, '202401', '1']])
    assert.deepEqual(rows.headers, headers)
    assert.deepEqual(rowsOf(), { [dx!]: 1 })
  })

  it('are refused where those are others', async () => {
    const failures: Error[] = []
    const { stage } = pieceStage(piece, new SharedColumns(headers), (error) => failures.push(error))
    await assert.rejects(
      rowsFrom(['dx', 'pe', 'ou'], [['a', 'b', 'c']])
        .through(stage)
        .toArray(),
      DatasetError,
    )
    assert.match(failures[0]!.message, /dx, pe, ou, where those before it have dx, pe, value/)
    assert.throws(() => new SharedColumns(headers).placesIn([]), /columns none/)
  })

  it('lose rows that nobody asked for', async () => {
    const isWanted: Piece['isWanted'] = (names) => (row) => row[names.indexOf('pe')] === '202401'
    const { stage } = pieceStage({ ...piece, isWanted }, new SharedColumns(), () => assert.fail())
    const given = [
      [dx, '202401', '1'],
      [dx, '202402', '2'],
    ]
    assert.deepEqual(await rowsFrom(headers, given).through(stage).toArray(), [given[0]])
  })
})

describe('long answers', () => {
  it('go through in columns, and their rows are counted', async (t) => {
    const ou = worldOf(1)
      .orgUnits(500)
      .map(({ id }) => id)
    const question = { ...toyQuestion, pe: toyQuestion.pe.slice(0, 3), ou: [...new Set(ou)] }
    await using toy = await startToy(question)
    const journal = join(await emptyDirectory(t), 'x.journal')
    const lines: string[] = []
    const into = {
      async write(_: Piece, rows: RowStream) {
        for await (const row of rows) lines.push(row.join(','))
      },
    }
    const report = reportOf(await eventsOf(runPull(toy.source, { into, journal, pace: quick })))
    assert.equal(report.rowCount, lines.length)
    assert.ok(lines.length > 500)
    const all = new Set(toyRows(question))
    for (const line of lines) assert.ok(all.has(line))
  })
})

describe('pieces that are lists', () => {
  it('are walked to their end', async (t) => {
    await using toy = await startToy()
    const endpoint = '/api/analytics/events/query/IpHINAT79UW.json'
    const spans = [
      ['2024-01-01', '2024-12-31'],
      ['2025-01-01', '2025-12-31'],
    ] as const
    const listPiece = (id: string): Piece => {
      const [from, to] = spans[Number(id)]!
      return {
        id,
        group: 'events',
        endpoint,
        pairs: [
          ['dimension', 'ou:ImspTQPwCqd'],
          ['startDate', from],
          ['endDate', to],
        ],
        cells: undefined,
        covers: undefined,
        days: { column: 'eventdate', from, to },
        isList: true,
      }
    }
    const plan: Plan = {
      ...toyPlan({ question: toyQuestion }),
      pieceCount: 2,
      piece: listPiece,
      joined: (from) => listPiece(String(from)),
      cut: () => [],
    }
    const journal = join(await emptyDirectory(t), 'x.journal')
    const keys: unknown[] = []
    const into = {
      async write(_: Piece, rows: RowStream) {
        for await (const [key] of rows) keys.push(key)
      },
    }
    const report = reportOf(
      await eventsOf(runPull({ ...toy.source, planFrom: () => plan }, { into, journal, pace: quick })),
    )
    const query = { endpoint, ou: 'ImspTQPwCqd', params: { startDate: '2024-01-01', endDate: '2025-12-31' } }
    const whole = await toy.client.analytics.aggregate(query)
    assert.ok(whole.rows.length > 0)
    assert.deepEqual(keys.sort(), whole.rows.map(([key]) => key).sort())
    assert.ok(report.byteCount > 0 && report.requestCount >= 2)
  })
})

describe('a verdict', () => {
  const api = (httpStatus: number, errorCode?: string) => new Dhis2ApiError('no', { httpStatus, errorCode })
  const below: Piece = { ...piece, pairs: [['dimension', 'ou:LEVEL-5;ImspTQPwCqd']] }

  it('of no org units is an empty piece below a parent, and wrong elsewhere', () => {
    assert.deepEqual(verdictOn(api(409, 'E7143'), below, 0, 5000), { act: 'empty' })
    assert.equal(verdictOn(api(409, 'E7143'), piece, 0, 5000).act, 'cut')
  })

  it('of a server that is slow or quick to fail', () => {
    assert.equal(verdictOn(api(500), piece, 6000, 5000).act, 'cut')
    assert.equal(verdictOn(api(500), piece, 10, 5000).act, 'again')
    assert.equal(verdictOn(new Error('mine'), piece, 10, 5000).act, 'stop')
  })
})

describe('events that nobody reads', () => {
  it('are dropped, the oldest first, but for the first and the last', async () => {
    const queue = new EventQueue()
    queue.push({ type: 'begun', run: 1, piecesLeft: 3000 })
    for (let ms = 0; ms < 3000; ms++) queue.push({ type: 'waiting', ms, reason: '' })
    queue.end()
    const all: PullEvent[] = []
    for (let event = await queue.next(); event; event = await queue.next()) all.push(event)
    assert.equal(all.length, 1000)
    assert.equal(all[0]!.type, 'begun')
    assert.deepEqual(all.at(-1), { type: 'waiting', ms: 2999, reason: '' })
  })
})

describe('a piece below parents that have nothing of the level', () => {
  it('is done, without rows and without a file, be it the first or a later one', async (t) => {
    for (const empty of ['202401', '202402']) {
      await using toy = await startToy({ dx: toyQuestion.dx.slice(0, 1), pe: ['202401', '202402'], ou: [] })
      toy.server.misbehave({
        status: 409,
        body: '{"errorCode":"E7143","message":"none"}',
        when: ({ url }) => url.includes(empty),
      })
      const planFrom = (json: unknown): Plan => {
        const plan = toyPlan(json)
        const below = (each: Piece): Piece => ({
          ...each,
          pairs: [...each.pairs.slice(0, 2), ['dimension', 'ou:LEVEL-2;ImspTQPwCqd']],
        })
        const one = (id: string) => below(plan.piece(id))
        return { ...plan, piece: one, joined: (from) => one(String(from)) }
      }
      const folder = await emptyDirectory(t)
      const run = runPull({ ...toy.source, planFrom }, { into: csvFiles(folder), pace: quick })
      const report = reportOf(await eventsOf(run))
      assert.deepEqual([report.piecesDone, report.isComplete, report.requestCount], [2, true, 2])
      assert.equal((await linesIn(folder)).length, report.rowCount)
      assert.ok(report.rowCount > 0)
    }
  })
})
