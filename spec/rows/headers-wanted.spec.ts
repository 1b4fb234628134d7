import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { castCells, Dhis2ApiError, type Dhis2Client, type RowStream, toCsv } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

const streams: Record<string, (client: Dhis2Client) => RowStream<unknown>> = {
  rows: ({ analytics }) => analytics.rows(question),
  'rows.through': ({ analytics }) => analytics.rows(question).through(castCells()),
  dataValues: ({ analytics }) => analytics.dataValues(question) as unknown as RowStream<unknown>,
  'a list': ({ analytics }) => analytics.events.query('IpHINAT79UW', { ou: 'ImspTQPwCqd' }).rows(),
  'a view': ({ sqlViews }) => sqlViews.rows('dI68mLkP1wN'),
}

describe("once(rows, 'headers')", () => {
  for (const [what, make] of Object.entries(streams)) {
    it(`comes before a row is read, and loses none: ${what}`, async (t) => {
      const { client } = await connected(t)
      const rows = make(client)
      const [headers] = await once(rows, 'headers')
      assert.equal(headers, rows.headers)
      // Lists have no order.
      const sorted = (all: unknown[]) => all.map((row) => JSON.stringify(row)).toSorted()
      assert.deepEqual(sorted(await rows.toArray()), sorted(await make(client).toArray()))
    })

    it(`fails where there are none: ${what}`, async (t) => {
      const { client, server } = await connected(t, {}, { retry: false })
      server.misbehave({ status: 500, times: 9 })
      await assert.rejects(once(make(client), 'headers'), { name: 'Dhis2ApiError' })
    })
  }

  it('lets a handler of HTTP answer 200 or an error', async (t) => {
    const { client, server } = await connected(t, {}, { retry: false })
    const handler = await listening(t, client)
    const good = await fetch(handler)
    assert.deepEqual([good.status, (await good.text()).split('\n')[0]], [200, 'dx,pe,ou,value'])
    server.misbehave({ status: 500 })
    assert.equal((await fetch(handler)).status, 502)
  })
})

async function listening(t: TestContext, client: Dhis2Client): Promise<string> {
  const server = createServer(async (_, response) => {
    const rows = client.analytics.rows(question)
    try {
      await once(rows, 'headers')
    } catch (error) {
      assert.ok(error instanceof Dhis2ApiError)
      response.writeHead(502).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/csv' })
    await pipeline(rows, toCsv(), response)
  }).listen(0)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
