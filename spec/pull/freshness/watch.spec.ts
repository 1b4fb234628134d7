import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { serverOf } from '../../../lib/http/server-of.ts'
import { NeverRanError, UnexpectedContentError } from '../../../lib/index.ts'
import { look } from '../../../lib/pull/freshness/look.ts'
import type { Sighting } from '../../../lib/pull/freshness/pin.ts'
import { Watch, type WatchOptions } from '../../../lib/pull/freshness/watch.ts'
import { connected } from '../../support/connected.ts'

const types = '/api/scheduling/running/types'
const json = { 'content-type': 'application/json' }
const infoOf = (fields: object) =>
  JSON.stringify({
    version: '2.43.2',
    serverDate: '2026-11-25T05:41:27.112',
    serverTimeZoneId: 'Asia/Kathmandu',
    lastAnalyticsTableSuccess: '2026-11-25T02:33:40.022',
    lastAnalyticsTablePartitionSuccess: '1970-01-01T00:00:00.000',
    ...fields,
  })

async function told(t: TestContext, fields: object, running?: unknown) {
  const { server, client } = await connected(t)
  server.serve('/api/system/info', infoOf(fields))
  if (running !== undefined) server.serve(types, JSON.stringify(running), json)
  const sight = () => look(serverOf('spec', client), {}, new AbortController().signal)
  return { server, sight }
}

async function watched(t: TestContext, options: Partial<WatchOptions> = {}) {
  const { server, sight } = await told(t, {}, [])
  const noted: Sighting[] = []
  const waits: number[] = []
  const given: WatchOptions = {
    everyMs: 0,
    whileRunningMs: 20,
    allowanceMs: 0,
    note: async (some) => void noted.push(...some),
    onWaiting: (ms) => void waits.push(ms),
    ...options,
  }
  const watch = new Watch(sight, given, new AbortController().signal)
  const looks = () => server.requests.filter(({ path }) => path === '/api/system/info').length
  return { server, watch, noted, waits, looks }
}

describe('a look at a server', () => {
  it('tells the pin in UTC, whatever the zone of the server, and whether an analytics job runs', async (t) => {
    const { server, sight } = await told(t, {}, ['DATA_STATISTICS', 'ANALYTICS_TABLE'])
    const before = Date.now()
    const { at, askedAt, ...others } = await sight()
    assert.deepEqual(others, {
      pin: { tables: '2026-11-24T20:48:40.022Z', version: '2.43.2' },
      isRunning: true,
    })
    assert.ok(askedAt <= at && Date.parse(at) > before - 2000, 'by the Date of the answer')
    server.serve(types, '[]', json)
    server.serve(
      '/api/system/info',
      infoOf({ lastAnalyticsTablePartitionSuccess: '2026-11-25T03:00:00.000' }),
    )
    const { pin, isRunning } = await sight()
    assert.deepEqual([pin.partition, isRunning], ['2026-11-24T21:15:00.000Z', false])
  })

  it('takes the offset from the clock of the server where it does not name its zone', async (t) => {
    const now = new Date(Date.now() - 3.5 * 3_600_000).toISOString().slice(0, -1)
    const { sight } = await told(t, { serverTimeZoneId: undefined, serverDate: now })
    assert.equal((await sight()).pin.tables, '2026-11-25T06:03:40.022Z')
  })

  for (const [what, answer] of Object.entries({
    'an object': '{}',
    'a page': '<html>',
  })) {
    it(`knows nothing of jobs from ${what}`, async (t) => {
      const { server, sight } = await told(t, {})
      server.serve(types, answer)
      assert.equal((await sight()).isRunning, undefined)
    })
  }

  for (const status of [302, 401, 403, 404, 500]) {
    it(`knows nothing of jobs from ${status}`, async (t) => {
      const { server, sight } = await told(t, {}, [])
      const body = '{"httpStatusCode":403,"status":"ERROR","message":"no"}'
      server.misbehave({
        when: ({ path }) => path === types,
        times: 9,
        status,
        body,
        ...(status === 302 && { headers: { location: '/login/' } }),
      })
      const { isRunning } = await sight()
      assert.equal(isRunning, undefined)
    })
  }

  for (const never of ['1970-01-01T00:00:00.000', '', null, undefined]) {
    it(`refuses a server whose last success is ${JSON.stringify(never)}`, async (t) => {
      const { sight } = await told(t, { lastAnalyticsTableSuccess: never })
      await assert.rejects(
        sight,
        (error) => error instanceof NeverRanError && /never ran/.test(error.message),
      )
    })
  }

  it('refuses what is no system info, and what tells no time', async (t) => {
    const { sight } = await told(t, { version: 43 })
    await assert.rejects(sight, UnexpectedContentError)
    const other = await told(t, { lastAnalyticsTableSuccess: 'yesterday' })
    await assert.rejects(other.sight, /does not say what time/)
  })
})

describe('a watch', () => {
  it('looks once for pieces that begin at once, and no more while the last look is young', async (t) => {
    const { watch, looks } = await watched(t, { everyMs: 60_000 })
    await Promise.all([watch.ready(), watch.ready(), watch.ready()])
    await watch.ready()
    assert.equal(looks(), 1)
    await watch.judged()
    assert.equal(looks(), 2)
  })

  it('lets nothing begin while a job runs, and says that it waits', async (t) => {
    const { server, watch, noted, waits } = await watched(t, {
      onWaiting: (ms, reason) => {
        if (!reason.includes('job runs')) return
        waits.push(ms)
        if (waits.length === 3) server.serve(types, '[]', json)
      },
    })
    server.serve(types, '["CONTINUOUS_ANALYTICS_TABLE"]', json)
    await Promise.all([watch.ready(), watch.ready()])
    assert.deepEqual(waits, [20, 20, 20])
    assert.deepEqual(
      noted.map(({ isRunning }) => isRunning),
      [true, true, false],
    )
  })

  it('keeps of what stays the same the first look and the last', async (t) => {
    const { server, watch, noted } = await watched(t)
    for (let at = 0; at < 4; at++) await watch.ready()
    assert.deepEqual([noted.length, watch.sightings.length], [1, 2])
    const now = new Date(Date.now() + 5.75 * 3_600_000).toISOString().slice(0, -1)
    server.serve('/api/system/info', infoOf({ lastAnalyticsTableSuccess: now }))
    await watch.ready()
    assert.equal(noted.length, 3)
    const judge = await watch.judged()
    assert.deepEqual([noted.length, judge.replacedCount, judge.isProven], [4, 1, true])
  })

  it('waits until what begins is of the new tables', async (t) => {
    const { server, watch, waits } = await watched(t, { allowanceMs: 20 })
    await watch.ready()
    await watch.untilNew(await watch.judged())
    assert.deepEqual(waits, [])
    server.serve('/api/system/info', infoOf({ lastAnalyticsTableSuccess: '2026-11-25T05:00:00.000' }))
    await watch.untilNew(await watch.judged())
    assert.ok(waits.length >= 1)
    assert.ok(waits.every((ms) => ms > 0 && ms <= 20))
  })

  it('goes on from what was seen in earlier runs, and ends with its signal', async (t) => {
    const first = await watched(t)
    await first.watch.judged()
    const { server, watch, noted } = await watched(t, { seen: first.noted })
    server.serve('/api/system/info', infoOf({ lastAnalyticsTableSuccess: '2026-11-25T05:00:00.000' }))
    assert.equal((await watch.judged()).replacedCount, 1)
    assert.equal(noted.length, 1)
  })
})
