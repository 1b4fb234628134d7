import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Dhis2Client } from '../../lib/index.ts'
import { eventually } from '../support/leaks.ts'
import { httpText, type RawAnswer, rawServer } from '../support/raw-server.ts'

const query = { dx: 'a', pe: '2024', ou: 'b' }
const grid = '{"headers":[{"name":"dx"}],"rows":[["a"]],"height":1}'
const pager = '"metaData":{"pager":{"page":1,"pageSize":50000,"isLastPage":true}}'
const list = `{"headers":[{"name":"psi"}],${pager},"rows":[["a"]],"height":1}`
const dates = { startDate: '2024-01-01', endDate: '2024-12-31', ou: 'ImspTQPwCqd' }

/** What hangs on a signal: listeners, and signals made of it, of which only Node's own notes tell. */
function hangingOn(signal: AbortSignal): number {
  const notes = Object.getOwnPropertySymbols(signal).find((symbol) =>
    /kDependantSignals/.test(String(symbol)),
  )
  const dependants = notes && (signal as unknown as Record<symbol, Set<unknown>>)[notes]
  return getEventListeners(signal, 'abort').length + (dependants?.size ?? 0)
}

async function clientOf(t: TestContext, answer: RawAnswer): Promise<Dhis2Client> {
  const server = await rawServer(answer)
  const client = new Dhis2Client({ baseUrl: server.url, retry: { baseDelayMs: 0 } })
  t.after(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })
  return client
}

const whole: RawAnswer = (socket, head) => socket.write(httpText({}, head.includes('/events/') ? list : grid))
const empty: RawAnswer = (socket) =>
  socket.write(httpText({}, '{"headers":[{"name":"dx"}],"rows":[],"height":0}'))
const cut: RawAnswer = (socket) => socket.end(httpText({ 'content-length': '900' }, grid))
const busy: RawAnswer = (socket) => socket.write('HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n')
const gone: RawAnswer = (socket) => socket.destroy()

/** The signals that a call hears, other than its user's: the client's own, by what it listens to on it. */
function spiedOn(t: TestContext): Set<AbortSignal> {
  const signals = new Set<AbortSignal>()
  const real = AbortSignal.any.bind(AbortSignal)
  t.mock.method(AbortSignal, 'any', (given: AbortSignal[]) => {
    for (const each of given) signals.add(each)
    return real(given)
  })
  return signals
}

describe('a signal that lives as long as its client', { timeout: 60_000 }, () => {
  const answers: Record<string, RawAnswer> = { whole, empty, cut, busy, gone }
  const calls: Record<string, (client: Dhis2Client, signal: AbortSignal) => Promise<unknown>> = {
    stream: (client, signal) => client.analytics.stream(query, { signal }).toArray(),
    rows: (client, signal) => client.analytics.rows(query, { signal }).toArray(),
    aggregate: (client, signal) => client.analytics.aggregate(query, { signal }),
    dataValues: (client, signal) => client.analytics.dataValues(query, { signal }).toArray(),
    streamTo: (client, signal) =>
      client.analytics.streamTo(join(tmpdir(), `signals-${process.pid}`, 'x.json'), query, { signal }),
    'an SQL view': (client, signal) => client.sqlViews.rows('dI68mLkP1wN', {}, { signal }).toArray(),
    'system info': (client, signal) => client.system.info({ signal }),
    list: (client, signal) =>
      client.analytics.rows(client.analytics.events.query('IpHINAT79UW', dates), { signal }).toArray(),
    'a list in memory': (client, signal) =>
      client.analytics.aggregate(client.analytics.events.query('IpHINAT79UW', dates), { signal }),
  }
  for (const [name, answer] of Object.entries(answers)) {
    it(`has nothing left on it by calls whose answers are ${name}`, async (t) => {
      const made = spiedOn(t)
      const client = await clientOf(t, answer)
      const { signal } = new AbortController()
      for (const call of Object.values(calls)) {
        await Promise.allSettled(Array.from({ length: 20 }, () => call(client, signal)))
      }
      await eventually(() => hangingOn(signal) === 0, 'nothing hangs on it')
      assert.equal(made.size, 0)
    })
  }

  it('has nothing left on it by 3,000 calls', async (t) => {
    const client = await clientOf(t, whole)
    const { signal } = new AbortController()
    for (let i = 0; i < 300; i++) {
      await Promise.all(Array.from({ length: 10 }, () => client.analytics.aggregate(query, { signal })))
    }
    await eventually(() => hangingOn(signal) === 0, 'nothing hangs on it')
  })

  it('has nothing left on it by streams that are left early, or never read', async (t) => {
    const client = await clientOf(t, whole)
    const { signal } = new AbortController()
    for (let i = 0; i < 50; i++) {
      client.analytics.stream(query, { signal }).destroy()
      client.analytics.rows(query, { signal }).destroy()
      for await (const _ of client.analytics.rows(query, { signal })) break
      client.analytics.stream(query, { signal })
    }
    await client.close()
    await eventually(() => hangingOn(signal) === 0, 'nothing hangs on it')
  })

  it('still ends a wait between attempts, and so does closing', async (t) => {
    const server = await rawServer(cut)
    t.after(() => server[Symbol.asyncDispose]())
    const retry = { attempts: 3, baseDelayMs: 60_000 }
    const client = new Dhis2Client({ baseUrl: server.url, retry })
    const abort = new AbortController()
    const aborted = client.analytics.aggregate(query, { signal: abort.signal })
    const closed = client.analytics.aggregate(query)
    const failures = [
      assert.rejects(aborted, { name: 'AbortError' }),
      assert.rejects(closed, { name: 'ClientClosedError' }),
    ]
    await eventually(() => server.requests.length === 2, 'both were asked')
    await eventually(() => server.openSockets === 0, 'both broke off')
    abort.abort()
    await failures[0]
    await client.close()
    await failures[1]
    assert.equal(hangingOn(abort.signal), 0)
  })
})
