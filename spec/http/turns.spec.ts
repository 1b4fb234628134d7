import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import type { Dhis2Client, RowStream } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { eventually } from '../support/leaks.ts'
import { gridBytes, header } from '../support/stages.ts'

const rowCount = 20_000
const large = { endpoint: '/api/analytics/large.json' }

/** Two connections, and an answer that is larger than all buffers on its way. */
async function narrow(t: TestContext, connections = 2) {
  const made = await connected(t, {}, { pool: { connections } })
  const rows = Array.from({ length: rowCount }, (_, i) => ['x'.repeat(100), String(i)])
  made.server.serve(large.endpoint, gridBytes([header('dx'), header('value')], rows))
  return made
}

/** Reads all rows, and after each thousand makes another call and waits for it. */
async function nested(client: Dhis2Client, inner: () => Promise<unknown>): Promise<number> {
  let count = 0
  for await (const _ of client.analytics.rows(large)) if (++count % 10_000 === 1) await inner()
  return count
}

/** Rows of which the first was read, and no more are. */
async function standing(client: Dhis2Client): Promise<RowStream> {
  const rows = client.analytics.rows(large)
  await once(rows, 'readable')
  rows.read()
  return rows
}

describe('as many open rows as there are connections', () => {
  it('each of whose readers makes another call', async (t) => {
    const { client, server } = await narrow(t)
    const loop = () => nested(client, () => client.analytics.aggregate(question))
    assert.deepEqual(await Promise.all([loop(), loop(), loop(), loop(), loop()]), Array(5).fill(rowCount))
    assert.ok(server.peakOpenSockets <= 10, `${server.peakOpenSockets} connections`)
  })

  it('each of whose readers reads others in the same way', async (t) => {
    const { client } = await narrow(t, 1)
    const inner = () => nested(client, () => client.system.info())
    const counts = await Promise.all([nested(client, inner), nested(client, inner)])
    assert.deepEqual(counts, [rowCount, rowCount])
  })

  it('one of which is long to come, where the reader of the other makes another call', async (t) => {
    const { client, server } = await narrow(t)
    server.misbehave({ delayMs: 20_000 })
    const long = assert.rejects(client.analytics.aggregate(question), { code: 'ERR_CLIENT_CLOSED' })
    await eventually(() => server.requests.length === 1, 'it is asked for')
    const count = await nested(client, () => client.analytics.aggregate(question))
    assert.equal(count, rowCount)
    await client.close()
    await long
  })

  it('that nobody reads on', async (t) => {
    const { client } = await narrow(t)
    const all = await Promise.all([standing(client), standing(client)])
    const { rows } = await client.analytics.aggregate(question)
    assert.ok(rows.length)
    for (const stream of all) assert.equal((await stream.toArray()).length, rowCount - 1)
  })
})

describe('a call that waits for a connection', () => {
  it('ends as soon as it is aborted', async (t) => {
    const { client } = await narrow(t)
    const all = await Promise.all([standing(client), standing(client)])
    const abort = new AbortController()
    const waiting = client.analytics.aggregate(question, { signal: abort.signal })
    setImmediate(() => abort.abort())
    await assert.rejects(waiting, { name: 'AbortError' })
    for (const stream of all) stream.destroy()
  })

  it('ends as the client is closed', async (t) => {
    const { client } = await narrow(t, 1)
    const stream = await standing(client)
    stream.on('error', () => undefined)
    const waiting = client.analytics.aggregate(question)
    setImmediate(() => client.close())
    await assert.rejects(waiting, { name: 'ClientClosedError' })
  })

  it('has one when a body that stood still is not wanted any more', async (t) => {
    const { client, server } = await narrow(t, 1)
    const stream = await standing(client)
    const waiting = client.analytics.aggregate(question)
    stream.destroy()
    assert.ok((await waiting).rows.length)
    assert.ok(server.peakOpenSockets <= 2)
  })
})

it('calls that move are never more than there are connections', async (t) => {
  const { client, server } = await narrow(t, 3)
  await Promise.all(Array.from({ length: 40 }, () => client.analytics.aggregate(question)))
  assert.ok(server.peakOpenSockets <= 3, `${server.peakOpenSockets} connections`)
})
