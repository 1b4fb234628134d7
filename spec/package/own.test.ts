/** A user's own tests, of a function of theirs that totals a pull, and of a stage. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  castCells,
  Dhis2Client,
  type Header,
  mapRows,
  personalAccessToken,
  type RowStream,
  TruncatedResponseError,
  toObjects,
} from 'dhis2-analytics-stream'
import { demoToken, rowsFrom, type StandIn, startDhis2 } from 'dhis2-analytics-stream/testing'

async function totalOf(rows: RowStream): Promise<number> {
  let total = 0
  for await (const { value } of rows.through(castCells(), toObjects())) {
    if (typeof value === 'number') total += value
  }
  return total
}

describe('the total', () => {
  let standIn: StandIn
  let client: Dhis2Client
  const question = { dx: 'fbfJHSPpUQD', pe: ['2023', '2024'], ou: 'LEVEL-1' }

  before(async () => {
    standIn = await startDhis2({ valueFor: ({ pe }) => (pe === '2024' ? 7 : 5) })
  })
  beforeEach(() => {
    client = new Dhis2Client({
      baseUrl: standIn.url,
      auth: personalAccessToken(demoToken),
      retry: { baseDelayMs: 1 },
    })
  })
  after(async () => {
    await client.close()
    await standIn.close()
  })

  it('is that of all values', async () => {
    assert.equal(await totalOf(client.analytics.rows(question)), 12)
    assert.deepEqual(standIn.requests.at(-1)?.query.getAll('dimension'), [
      'dx:fbfJHSPpUQD',
      'pe:2023;2024',
      'ou:LEVEL-1',
    ])
  })

  it('comes after a server that is busy', async () => {
    standIn.misbehave({ status: 503, times: 2 })
    assert.equal(await totalOf(client.analytics.rows(question)), 12)
  })

  it('is none where the answer breaks off', async () => {
    standIn.misbehave({ truncateAfter: 300, when: ({ path }) => path === '/api/analytics.json' })
    await assert.rejects(totalOf(client.analytics.rows(question)), TruncatedResponseError)
  })

  it('gives up in time', async () => {
    standIn.misbehave({ stallAfter: 300 })
    const rows = client.analytics.rows(question, { timeouts: { bodyMs: 50 } })
    await assert.rejects(totalOf(rows), { code: 'ERR_TIMEOUT', phase: 'body' })
  })

  it('needs no server', async () => {
    const value: Header = { name: 'value', valueType: 'NUMBER' }
    assert.equal(
      await totalOf(
        rowsFrom(
          ['dx', value],
          [
            ['a', '1.5'],
            ['b', '2'],
            ['c', ''],
          ],
        ),
      ),
      3.5,
    )
    const rows = rowsFrom<[string, number]>(['dx', value], [['a', 1]])
    assert.deepEqual(await rows.through(mapRows(([dx, number]) => [dx, number * 2])).toArray(), [['a', 2]])
  })
})
