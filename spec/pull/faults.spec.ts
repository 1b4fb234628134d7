import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Dhis2Client, IncompletePullError, personalAccessToken } from '../../lib/index.ts'
import type { PullReport } from '../../lib/pull/events.ts'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import {
  countryOf,
  demoToken,
  type Misbehaviour,
  type RecordedRequest,
  type StandIn,
  startDhis2,
} from '../../lib/testing/index.ts'
import { emptyDirectory } from '../support/run-script.ts'
import {
  eventsOf,
  linesIn,
  quick,
  reportOf,
  startToy,
  type Toy,
  toyQuestion,
  toyRows,
  toyValue,
} from './toy.ts'

const always = Number.POSITIVE_INFINITY

function itemsOf({ query }: RecordedRequest, dimension: string): string[] {
  const asked = query.getAll('dimension').find((each) => each.startsWith(`${dimension}:`))
  return asked?.slice(dimension.length + 1).split(';') ?? []
}

function cellsOf(request: RecordedRequest): number {
  return ['dx', 'pe', 'ou'].reduce((cells, name) => cells * itemsOf(request, name).length, 1)
}

function monthsOf(...years: number[]): string[] {
  return years.flatMap((year) => Array.from({ length: 12 }, (_, at) => `${year * 100 + at + 1}`))
}

const refusal = (status: number, errorCode: string): Misbehaviour => ({
  status,
  body: JSON.stringify({
    httpStatus: 'Conflict',
    httpStatusCode: status,
    status: 'ERROR',
    errorCode,
    message: `No: ${errorCode}`,
  }),
})

async function pulled(toy: Toy, into: string, pace: object = {}): Promise<PullReport> {
  return reportOf(await eventsOf(runPull(toy.source, { into: csvFiles(into), pace: { ...quick, ...pace } })))
}

/** Answers of this kind to requests for more cells than so many. */
function limit(server: StandIn, cells: number, answer: Misbehaviour): void {
  server.misbehave({ ...answer, times: always, when: (request) => cellsOf(request) > cells })
}

describe('what is too much', () => {
  const answers: Record<string, Misbehaviour> = {
    E7128: refusal(409, 'E7128'),
    E7131: refusal(409, 'E7131'),
    'a gateway timeout': { status: 504, body: '<html><body>Gateway Time-out</body></html>' },
    'a bad gateway': { status: 502, body: '<html></html>' },
    'a bare 500': refusal(500, 'E1000'),
    'a URL too long': { status: 414, body: '<html></html>' },
    'a refused request line': { status: 400, body: '<html><h1>Bad Request</h1></html>' },
    'a hang-up': { destroyBeforeHeaders: true },
    'a body that breaks off': { truncateAfter: 20 },
  }
  for (const [name, answer] of Object.entries(answers)) {
    it(`is halved until it is answered: ${name}`, async (t) => {
      await using toy = await startToy()
      limit(toy.server, 3, answer)
      const into = await emptyDirectory(t)
      const report = await pulled(toy, into, { slowMs: name === 'E7131' || name === 'a bare 500' ? 0 : 5000 })
      assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
      assert.equal(report.requestCount, toy.server.requests.length)
      // 288 cells in pieces of 2 are 144 requests.
      assert.ok(report.requestCount < 2 * 144, `${report.requestCount} requests`)
      assert.ok(toy.peak <= 4)
    })
  }

  it('is nothing else than a request that gets no headers in time', async (t) => {
    await using toy = await startToy()
    limit(toy.server, 4, { delayMs: 60_000 })
    const into = await emptyDirectory(t)
    const run = runPull(toy.source, { into: csvFiles(into), pace: quick, timeouts: { headersMs: 100 } })
    await eventsOf(run)
    assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
  })

  it('is not asked for again and again once that is known', async (t) => {
    await using toy = await startToy()
    limit(toy.server, 24, refusal(409, 'E7128'))
    const report = await pulled(toy, await emptyDirectory(t))
    assert.ok(report.requestCount <= 36, `${report.requestCount} requests`)
  })
})

describe('what is wrong', () => {
  it('is found by halving, set aside, and told', async (t) => {
    await using toy = await startToy()
    const [bad] = toyQuestion.ou.slice(5)
    toy.server.misbehave({
      ...refusal(409, 'E7145'),
      times: always,
      when: (request) => itemsOf(request, 'ou').includes(bad!) && itemsOf(request, 'pe').includes('202403'),
    })
    const into = await emptyDirectory(t)
    const error = await pulled(toy, into).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof IncompletePullError)
    const report = error.report as PullReport
    assert.deepEqual(
      report.setAside.map(({ covers }) => covers),
      toyQuestion.dx.map((dx) => ({ dx: [dx], pe: ['202403'], ou: [bad] })),
    )
    assert.match(report.setAside[0]!.reason, /E7145/)
    const there = toyRows(toyQuestion).filter((line) => !(line.includes(bad!) && line.includes(',202403,')))
    assert.deepEqual(await linesIn(into), there)
    assert.ok(report.requestCount < 80, `${report.requestCount} requests`)
  })

  it('is a data item, of which no more than a few cells are asked for one by one', async (t) => {
    const country = countryOf({ seed: 5, orgUnits: 60, levels: 4 })
    await using server = await startDhis2({ country })
    await using client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
    const [bad = '', ...others] = country.dataElements.slice(0, 3).map(({ id }) => id)
    const [alone = ''] = country.program.indicators.map(({ id }) => id)
    const pull = await client.analytics.plan(
      { dx: [bad, ...others, alone], pe: monthsOf(2023, 2024), ou: 'LEVEL-4' },
      { pieceCells: 18 },
    )
    country.limits.bad = { [bad]: 'fails', [alone]: 'fails' }
    const into = await emptyDirectory(t)
    const events = pull.run({ into: csvFiles(into), pace: quick })
    const error = await eventsOf(events).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof IncompletePullError)
    const report = error.report as PullReport
    assert.ok(report.pieceCount > 90, `${report.pieceCount} pieces`)
    assert.ok(report.requestCount < 4 * pull.plan.pieceCount, `${report.requestCount} requests`)
    for (const { covers } of report.setAside) {
      const { dx } = covers as { dx: string[] }
      assert.ok(dx.length === 1 && [bad, alone].includes(dx[0]!), dx.join())
    }
    const there = new Set((await linesIn(into)).map((line) => line.split(',')[0]))
    assert.deepEqual([...there].sort(), others.toSorted())
  })

  it('is set aside without halving where none of its data items is known', async (t) => {
    await using toy = await startToy()
    const [, unknown] = toyQuestion.dx
    toy.server.misbehave({
      ...refusal(409, 'E7124'),
      times: always,
      when: (request) => itemsOf(request, 'dx').includes(unknown!),
    })
    const into = await emptyDirectory(t)
    await assert.rejects(pulled(toy, into), IncompletePullError)
    assert.deepEqual(
      await linesIn(into),
      toyRows(toyQuestion).filter((line) => !line.startsWith(unknown!)),
    )
  })

  for (const status of [401, 403]) {
    it(`stops the run where it is who asks: ${status}`, async (t) => {
      await using toy = await startToy()
      toy.server.misbehave({ status, times: always })
      await assert.rejects(pulled(toy, await emptyDirectory(t)), { httpStatus: status })
      assert.ok(toy.server.requests.length <= 2)
    })
  }

  it('stops the run where nothing goes well for long', async (t) => {
    await using toy = await startToy()
    toy.server.misbehave({ status: 502, body: '<html></html>', times: always })
    await assert.rejects(pulled(toy, await emptyDirectory(t)), { httpStatus: 502 })
    assert.equal(toy.server.requests.length, 41)
  })
})

describe('a server that asks for time', () => {
  it('gets it, from all requests', async (t) => {
    await using toy = await startToy()
    toy.server.misbehave({
      status: 429,
      headers: { 'retry-after': '1' },
      body: '{}',
      when: (r) => itemsOf(r, 'pe').includes('202404'),
    })
    const began = performance.now()
    const events = await eventsOf(
      runPull(toy.source, { into: csvFiles(await emptyDirectory(t)), pace: quick }),
    )
    assert.ok(performance.now() - began >= 1000)
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'waiting' ? [event.ms] : [])),
      [1000],
    )
    assert.equal(reportOf(events).isComplete, true)
  })

  it('is waited for once where its tables are being swapped', async (t) => {
    await using toy = await startToy()
    toy.server.misbehave(refusal(409, 'E7144'))
    const into = await emptyDirectory(t)
    assert.equal((await pulled(toy, into)).isComplete, true)
    toy.server.misbehave({ ...refusal(409, 'E7144'), times: always })
    await assert.rejects(pulled(toy, await emptyDirectory(t)), { errorCode: 'E7144' })
  })
})

describe('an item without a row', () => {
  it('is in the report', async (t) => {
    const [, empty] = toyQuestion.dx
    const valueFor = (cell: Readonly<Record<string, string>>) =>
      cell['dx'] === empty ? undefined : toyValue(cell)
    await using toy = await startToy(toyQuestion, { valueFor })
    const into = await emptyDirectory(t)
    const report = await pulled(toy, into)
    assert.deepEqual(report.withoutRows, [empty])
    assert.equal(report.isComplete, true)
    assert.deepEqual((await pulled(toy, into)).withoutRows, [empty])
  })
})

describe('random faults', () => {
  it('come to the same rows in the end, in not many more requests, never more of them at once than it may be', async (t) => {
    const faults: readonly (Misbehaviour & { share: number })[] = [
      { share: 0.05, status: 502, body: '<html></html>' },
      { share: 0.05, ...refusal(500, 'E1000') },
      { share: 0.05, ...refusal(409, 'E7131') },
      { share: 0.05, status: 429, body: '{}', headers: { 'retry-after': '0' } },
      { share: 0.05, status: 503, body: '<html></html>' },
      { share: 0.05, destroyBeforeHeaders: true },
      { share: 0.05, truncateAfter: 40 },
      { share: 0.03, ...refusal(409, 'E7128') },
      { share: 0.03, body: '<html>A page in between</html>' },
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 0x7fffffff }),
        fc.integer({ min: 1, max: 4 }),
        async (seed, max) => {
          await using toy = await startToy()
          let state = seed
          const random = () => {
            state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
            return state / 0x7fffffff
          }
          const perCell = new Map<string, number>()
          for (const { share, ...fault } of faults) {
            toy.server.misbehave({
              ...fault,
              times: always,
              when: (request) => {
                // No cell has bad luck for ever: that would be a piece that can't be had.
                const unlucky = (perCell.get(request.url) ?? 0) < 2 && random() < share
                if (unlucky) perCell.set(request.url, (perCell.get(request.url) ?? 0) + 1)
                return unlucky
              },
            })
          }
          const into = await emptyDirectory(t)
          const run = runPull(toy.source, {
            into: csvFiles(into),
            pace: quick,
            concurrency: { start: 1, max },
          })
          const report = reportOf(await eventsOf(run))
          assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
          assert.ok(report.requestCount < 6 * 36, `${report.requestCount} requests`)
          assert.ok(toy.peak <= max, `${toy.peak} at once`)
        },
      ),
      { numRuns: 25, seed: 20261128, endOnFailure: true, includeErrorInReport: true },
    )
  })
})
