import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TruncatedResponseError } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

const rows = 10_000

describe('the attempts of a call', () => {
  it('are shared by statuses and by bodies that break off', async (t) => {
    const { server, client } = await connected(t, { rows })
    server.misbehave({ status: 503 }, { truncateAfter: 100_000 }, { status: 502 })
    await assert.rejects(client.analytics.aggregate(question), /502/)
    assert.equal(server.requests.length, 3)
  })

  it('are one where retry is false', async (t) => {
    const { server, client } = await connected(t, { rows })
    server.misbehave({ truncateAfter: 100_000 })
    await assert.rejects(client.analytics.aggregate(question, { retry: false }), TruncatedResponseError)
    assert.equal(server.requests.length, 1)
  })

  it('are not spent on a grid that is whole but has fewer rows than it says', async (t) => {
    const { server, client } = await connected(t)
    server.serve('/api/analytics.json', '{"headers":[],"rows":[],"height":3}')
    await assert.rejects(client.analytics.aggregate(question), TruncatedResponseError)
    assert.equal(server.requests.length, 1)
  })
})
