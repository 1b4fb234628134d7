import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatasetError, IncompletePullError, type PullReport, QueryError } from 'dhis2-analytics-stream'
import { enqueuePull, enqueueRefresh, runPullWorker } from 'dhis2-analytics-stream/graphile-worker'
import {
  type PullJob,
  type PullWorker,
  postgresTable,
  pullReport,
  pullWorker,
  sharePull,
  shareRefresh,
} from 'dhis2-analytics-stream/postgres'
import { failureOf } from '../../support/stages.ts'
import { country, query, quick, type ToyWorkers, toyWorkers } from './toy-workers.ts'

let toy: ToyWorkers
let made = 0
let name: string
/** Jobs that were added, oldest first. */
let jobs: { readonly job: PullJob; readonly afterMs: number }[]

const small = { ...query, dx: query.dx.slice(0, 2), pe: query.pe.slice(0, 4) }
const plan = (question = small) => toy.client.analytics.plan(question, { pieceCells: 30 })
const wake = async (job: PullJob, afterMs: number) => {
  jobs.push({ job, afterMs })
}
const workerOf = (options: Partial<Parameters<typeof pullWorker>[0]> = {}) =>
  pullWorker({ client: toy.client, pool: toy.pool, wake, concurrency: { max: 2, start: 2 }, ...options })
const begin = async (options = {}) =>
  sharePull(await plan(), { into: toy.table(name), wake, pace: quick, ...options })
const isData = ({ path, query }: { path: string; query: URLSearchParams }) =>
  path.includes('/api/analytics') && !query.has('skipData')
const dataRequests = () => toy.server.requests.filter(isData).length

/** Does all jobs, one after another. */
async function drain(worker: PullWorker): Promise<void> {
  for (let next = jobs.shift(); next; next = jobs.shift()) {
    await sleep(next.afterMs)
    await worker.work(next.job)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

async function truth(question = small): Promise<string[]> {
  const table = `truth${++made}`
  for await (const _ of (await plan(question)).run({ into: toy.table(table), pace: quick })) {
    // To its end.
  }
  return toy.lines(table)
}

before(async () => {
  toy = await toyWorkers()
})
after(() => toy[Symbol.asyncDispose]())
beforeEach(() => {
  name = `t${++made}`
  jobs = []
})

describe('workers', () => {
  it('do nothing twice for a job that comes twice, or when all is done', async () => {
    const expected = await truth()
    await begin()
    const [first] = jobs
    const worker = workerOf()
    await Promise.all([worker.work(first!.job), worker.work(first!.job), worker.work(first!.job)])
    await drain(worker)
    const report = await pullReport({ into: toy.table(name) })
    assert.equal(report.isComplete, true)
    assert.deepEqual(await toy.lines(name), expected)
    assert.equal(report.rowCount, expected.length)
    const asked = dataRequests()
    await worker.work(first!.job)
    await worker.work({ ...first!.job, table: ['nothing'] })
    assert.equal(dataRequests(), asked)
    await worker.close()
    await worker.work(first!.job)
    assert.throws(() => workerOf().work({ server: 'https://other.example.org', table: [name] }), QueryError)
  })

  it('keep nothing of a piece that another has taken since', async () => {
    const expected = await truth()
    await begin()
    const slow = workerOf()
    const before = dataRequests()
    toy.server.misbehave({ delayMs: 1500, when: isData })
    const late = slow.work(jobs[0]!.job)
    await until(() => dataRequests() > before)
    const [taken] = await toy.rows('SELECT piece, attempt FROM dhis2_worker_work WHERE holder IS NOT NULL')
    assert.ok(taken)
    // As if it had not been heard of for a minute.
    await toy.rows(
      "UPDATE dhis2_worker_work SET lease_until = now() - interval '1 second' WHERE holder IS NOT NULL",
    )
    const other = workerOf()
    await other.sweep()
    await drain(other)
    await late
    const report = await pullReport({ into: toy.table(name) })
    assert.deepEqual(await toy.lines(name), expected)
    assert.equal(report.rowCount, expected.length)
    await Promise.all([slow.close(), other.close()])
  })

  it('let go of what they could not renew in time', async () => {
    await begin()
    const slow = workerOf({ leaseMs: 1000 })
    const before = dataRequests()
    toy.server.misbehave({ delayMs: 20_000, when: isData })
    const late = slow.work(jobs[0]!.job)
    await until(() => dataRequests() > before)
    const request = toy.server.requests.findLast(isData)!
    await toy.rows(
      'UPDATE dhis2_worker_work SET attempt = attempt + 1, holder = $1 WHERE holder IS NOT NULL',
      ['another'],
    )
    await until(() => request.aborted)
    await toy.rows('UPDATE dhis2_worker_work SET lease_until = NULL, holder = NULL')
    await late
    await slow.close()
  })

  it('ask no more at once than all of them may, and wait together where the server asks for it', async () => {
    await begin()
    const workers = Array.from({ length: 4 }, () => workerOf({ concurrency: { start: 1, max: 2 } }))
    toy.server.misbehave(
      { status: 429, headers: { 'retry-after': '1' }, when: isData },
      { delayMs: 50, times: 8, when: isData },
    )
    toy.takePeak()
    const { job } = jobs[0]!
    let isOver = false
    const all = workers.map(async (worker) => {
      while (!isOver) {
        await worker.work(job)
        await sleep(30)
      }
    })
    await pullReport({ into: toy.table(name) })
    isOver = true
    await Promise.all(all)
    assert.ok(toy.takePeak() <= 2)
    const [server] = await toy.rows('SELECT closed_until FROM dhis2_worker_servers WHERE server = $1', [
      toy.server.url,
    ])
    assert.ok(server!['closed_until'])
    assert.ok(jobs.some(({ afterMs }) => afterMs > 100 && afterMs <= 1000))
    await Promise.all(workers.map((worker) => worker.close()))
  })

  it('tell what could not be had', async () => {
    const last = small.ou.at(-1)!
    let isMissing = true
    await begin()
    toy.server.misbehave({
      status: 409,
      body: '{"errorCode":"E7124","message":"no such item"}',
      when: ({ query }) => isMissing && query.getAll('dimension').some((each) => each.includes(last)),
      times: Number.POSITIVE_INFINITY,
    })
    const worker = workerOf()
    await drain(worker)
    isMissing = false
    const failure = await failureOf(pullReport({ into: toy.table(name) }))
    assert.ok(failure instanceof IncompletePullError)
    const { setAside, rowCount } = failure.report as PullReport
    assert.ok(setAside.length > 0)
    assert.match(setAside[0]!.reason, /no such item/)
    assert.equal((await toy.lines(name)).length, rowCount)
    await worker.close()
  })

  it('stop together for what no piece would go better for, and go on when they are told again', async () => {
    const expected = await truth()
    await begin()
    const worker = workerOf()
    toy.server.misbehave({ status: 403, when: isData })
    await drain(worker)
    const into = toy.table(name)
    await assert.rejects(pullReport({ into }), {
      name: 'DatasetError',
      message: /^The workers had to stop: .*403/,
    })
    await begin()
    await drain(worker)
    await pullReport({ into })
    assert.deepEqual(await toy.lines(name), expected)
    await worker.close()
  })

  it('stop where a table refuses the rows', async () => {
    const into = toy.table(name)
    await begin()
    await toy.rows(`CREATE TABLE ${name} (dx text, pe text, ou text, value int CHECK (value < 0))`)
    const worker = workerOf()
    await drain(worker)
    assert.ok((await failureOf(pullReport({ into }))) instanceof DatasetError)
    await worker.close()
  })

  it('set aside what ten of them were gone with', async () => {
    await begin()
    const worker = workerOf()
    toy.server.misbehave({ delayMs: 20_000, when: isData })
    const before = dataRequests()
    const first = worker.work(jobs[0]!.job)
    await until(() => dataRequests() > before)
    await toy.rows(
      "UPDATE dhis2_worker_work SET lost = 9, lease_until = now() - interval '1 hour' WHERE holder IS NOT NULL",
    )
    const other = workerOf()
    await drain(other)
    const failure = await failureOf(pullReport({ into: toy.table(name) }))
    assert.ok(failure instanceof IncompletePullError)
    const { setAside } = failure.report as PullReport
    assert.deepEqual(
      setAside.map(({ reason }) => reason),
      ['10 workers were gone before they had done it'],
    )
    await worker.close()
    await first
    await other.close()
  })

  it('give back what they are at when they are closed', async () => {
    await begin()
    const worker = workerOf()
    toy.server.misbehave({ delayMs: 20_000, when: isData })
    const before = dataRequests()
    const work = worker.work(jobs[0]!.job)
    await until(() => dataRequests() > before)
    await worker.close()
    await work
    const held = await toy.rows('SELECT FROM dhis2_worker_work WHERE holder IS NOT NULL AND run LIKE $1', [
      `%${name}%`,
    ])
    const places = await toy.rows('SELECT FROM dhis2_worker_places')
    assert.deepEqual([held, places], [[], []])
    const other = workerOf()
    await other.sweep()
    await drain(other)
    assert.equal((await pullReport({ into: toy.table(name) })).isComplete, true)
    await other.close()
  })

  it('find what there is to do where all jobs were lost', async () => {
    await begin()
    jobs = []
    const worker = workerOf()
    await worker.sweep()
    jobs = jobs.filter(({ job }) => job.table.includes(name))
    assert.equal(jobs.length, 1)
    await drain(worker)
    assert.equal((await pullReport({ into: toy.table(name) })).isComplete, true)
    await worker.close()
  })

  it('have a table that no run has at the same time, until none of them is heard of', async () => {
    const expected = await truth()
    await begin()
    const into = toy.table(name)
    const run = async () => {
      for await (const _ of (await plan()).run({ into, pace: quick })) {
        // To its end.
      }
    }
    await assert.rejects(run(), { name: 'DatasetError', message: /^Workers have this dataset since 20/ })
    const others = jobs.length
    await begin()
    assert.equal(jobs.length, others + 1)
    await assert.rejects(
      sharePull(await plan({ ...small, pe: ['2024Q1'] }), { into, wake }),
      (error) => error instanceof DatasetError && error.differences!.length > 0,
    )
    const worker = workerOf()
    toy.server.misbehave({ delayMs: 1500, when: isData })
    const before = dataRequests()
    const late = worker.work(jobs[0]!.job)
    await until(() => dataRequests() > before)
    await toy.rows("UPDATE dhis2_datasets SET lease_until = now() - interval '1 second' WHERE name = $1", [
      name,
    ])
    await run()
    await late
    assert.deepEqual(await toy.lines(name), expected)
    await assert.rejects(pullReport({ into }), { message: /^Another run has taken/ })
    await drain(worker)
    assert.deepEqual(await toy.lines(name), expected)
    await worker.close()
  })

  it('refresh what has changed, with what was learnt before', async (t) => {
    const into = toy.table(name)
    await begin()
    const worker = workerOf()
    await drain(worker)
    await pullReport({ into })
    const [element] = country.dataElements
    country.advance(3_600_000)
    country.edit({
      dataElement: element!.id,
      period: '202402',
      orgUnit: country.enteredBy(element!.id)[0]!.id,
      value: 123_456,
    })
    country.advance(20 * 3_600_000)
    country.rebuild()
    country.advance(600_000)
    // Whoever waits for new tables looks again at once, and finds that time has gone by.
    const clock = setInterval(() => country.advance(2000), 20)
    t.after(() => clearInterval(clock))
    const freshness = { policy: 'mixed', whileRunningMs: 50 } as const
    const options = {
      into,
      wake,
      pace: quick,
      freshness,
      periods: 0,
      probeEveryDays: Number.POSITIVE_INFINITY,
    }
    await shareRefresh(await plan(), options)
    await drain(worker)
    const report = await pullReport({ into })
    assert.equal(report.refresh?.changedValueCount, 1)
    assert.ok(report.refresh.pieceCount > 0 && !report.refresh.isFull)
    assert.deepEqual(await toy.lines(name), await truth())
    await shareRefresh(await plan(), options)
    await drain(worker)
    assert.equal((await pullReport({ into })).refresh?.pieceCount, 0)
    // Of a whole that is stale the parts come in its place.
    const large = ({ query }: { query: URLSearchParams }) =>
      query.getAll('dimension').reduce((cells, each) => cells * each.split(';').length, 1) > 10
    toy.server.misbehave(
      ...Array.from({ length: 4 }, () => ({ status: 409, body: '{"errorCode":"E7128"}', when: large })),
    )
    await shareRefresh(await plan(), { ...options, fullEveryDays: 0 })
    await drain(worker)
    const full = await pullReport({ into })
    assert.equal(full.refresh?.isFull, true)
    assert.deepEqual(await toy.lines(name), await truth())
    await worker.close()
  })

  it('pull what another question adds where a refresh adopts it, once they are done with the one before', async () => {
    const into = toy.table(name)
    const c = query.dx[2]!
    const now = { ...small, dx: [...small.dx, c] }
    const refresh = async (adopt: boolean) =>
      shareRefresh(await plan(now), {
        into,
        wake,
        pace: quick,
        adopt,
        periods: 0,
        probeEveryDays: Number.POSITIVE_INFINITY,
      })
    await begin()
    await assert.rejects(refresh(true), {
      name: 'DatasetError',
      message: /^Workers have this dataset since 20.+enqueue this then$/,
    })
    const worker = workerOf()
    await drain(worker)
    await pullReport({ into })
    assert.deepEqual(await toy.lines(name), await truth())
    await assert.rejects(refresh(false), (error) => error instanceof DatasetError && !!error.differences)
    await refresh(true)
    const from = toy.server.requests.length
    await drain(worker)
    const { refresh: what, isComplete } = await pullReport({ into })
    assert.deepEqual([isComplete, what!.pieceCount, what!.isFull], [true, 0, false])
    assert.deepEqual([what!.droppedCount, what!.addedCount > 0], [0, true])
    const asked = toy.server.requests.slice(from).filter(isData)
    assert.deepEqual([...new Set(asked.map((request) => request.query.getAll('dimension')[0]))], [`dx:${c}`])
    assert.deepEqual(await toy.lines(name), await truth(now))
    await worker.close()
  })

  it('have nothing to do for a dataset that is there', async () => {
    await begin()
    const worker = workerOf()
    await drain(worker)
    const { rowCount } = await pullReport({ into: toy.table(name) })
    const asked = dataRequests()
    await begin()
    await drain(worker)
    assert.equal((await pullReport({ into: toy.table(name) })).rowCount, rowCount)
    assert.equal(dataRequests(), asked)
    await begin({ freshness: 'off' })
    await drain(worker)
    assert.equal((await pullReport({ into: toy.table(name) })).freshness, undefined)
    await worker.close()
  })
})

describe('graphile-worker', () => {
  it('wakes workers for a run and for a refresh', async () => {
    const into = toy.table(name)
    const ending = new AbortController()
    const pull = await plan()
    // All of them find no tables of the queue.
    const worker = runPullWorker({ client: toy.client, pool: toy.pool, signal: ending.signal })
    const over = AbortSignal.abort()
    await Promise.all([
      enqueuePull(pull, { into, pace: quick }),
      ...Array.from({ length: 3 }, () => runPullWorker({ client: toy.client, pool: toy.pool, signal: over })),
    ])
    assert.equal((await pullReport({ into })).isComplete, true)
    await enqueueRefresh(await plan(), { into, pace: quick })
    assert.equal((await pullReport({ into })).isComplete, true)
    ending.abort()
    await worker
  })
})

describe('what workers are told', () => {
  it('has to be right', async () => {
    const pull = await plan()
    const into = toy.table(name)
    await assert.rejects(sharePull(pull, { into, wake, freshness: 'strict' }), {
      name: 'QueryError',
      message: /workers can't hold freshness 'strict'/,
    })
    const client = await toy.pool.connect()
    const alone = postgresTable({ client, table: name })
    await assert.rejects(sharePull(pull, { into: alone, wake }), {
      name: 'QueryError',
      message: /client: pool/,
    })
    await assert.rejects(enqueuePull(pull, { into: alone }), QueryError)
    await assert.rejects(pullReport({ into: alone }), QueryError)
    client.release()
    await assert.rejects(sharePull({} as never, { into, wake }), QueryError)
    await assert.rejects(sharePull(pull, { into, wake: 'later' as never }), QueryError)
    await assert.rejects(sharePull(pull, { into, wake, signal: AbortSignal.abort() }), { name: 'AbortError' })
    await assert.rejects(shareRefresh(pull, { into, wake, periods: -1 }), QueryError)
    await assert.rejects(pullReport({ into }), { name: 'DatasetError', message: /^Nobody has told workers/ })
    assert.throws(
      () => workerOf({ concurrency: { max: 20 } }),
      /the pool has 8 connections at most, and 23 are needed/,
    )
    assert.throws(() => workerOf({ leaseMs: 5 }), QueryError)
    assert.throws(() => workerOf({ pool: {} as never }), QueryError)
    assert.throws(() => workerOf({ client: undefined as never }), QueryError)
    await begin()
    await assert.rejects(pullReport({ into, signal: AbortSignal.timeout(50) }), { name: 'AbortError' })
  })
})
