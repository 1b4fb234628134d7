import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TruncatedResponseError } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { generated } from '../support/grids.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'

const cuts = {
  'under its Content-Length': { truncateAfter: 100_000 },
  'in chunks': { truncateChunked: 100_000 },
}
const rows = 10_000
const body = generated({ rows })

for (const [how, cut] of Object.entries(cuts)) {
  describe(`a body cut short ${how}`, () => {
    it('is asked for anew by aggregate, within the attempts, and then is whole', async (t) => {
      const { server, client } = await connected(t, { rows })
      server.misbehave({ ...cut, times: 2 })
      assert.deepEqual(await client.analytics.aggregate(question), JSON.parse(body.toString()))
      assert.equal(server.requests.length, 3)
    })

    it('is asked for anew by streamTo, and then is in the file once', async (t) => {
      const { server, client } = await connected(t, { rows })
      const directory = await emptyDirectory(t)
      server.misbehave({ ...cut, times: 2 })
      const path = join(directory, 'grid.json')
      assert.equal(await client.analytics.streamTo(path, question), body.length)
      assert.deepEqual(await readFile(path), body)
      assert.deepEqual(await filesIn(directory), ['grid.json'])
      assert.equal(server.requests.length, 3)
    })

    it('fails aggregate and streamTo once the attempts are spent, with nothing left behind', async (t) => {
      const { server, client } = await connected(t, { rows })
      const directory = await emptyDirectory(t)
      server.misbehave({ ...cut, times: Number.POSITIVE_INFINITY })
      await assert.rejects(client.analytics.aggregate(question), TruncatedResponseError)
      await assert.rejects(
        client.analytics.streamTo(join(directory, 'a.json'), question),
        TruncatedResponseError,
      )
      assert.equal(server.requests.length, 6)
      assert.deepEqual(await filesIn(directory), [])
    })

    it('fails stream and rows, which ask once and repeat nothing', async (t) => {
      const { server, client } = await connected(t, { rows })
      server.misbehave({ ...cut, times: 2 })
      const bytes: Buffer[] = []
      await assert.rejects(async () => {
        for await (const chunk of client.analytics.stream(question)) bytes.push(chunk)
      }, TruncatedResponseError)
      const got = Buffer.concat(bytes)
      assert.deepEqual(got, body.subarray(0, got.length))

      const seen: unknown[] = []
      await assert.rejects(
        async () => {
          for await (const row of client.analytics.rows(question)) seen.push(row)
        },
        (error) =>
          error instanceof TruncatedResponseError && error.request?.url.startsWith(server.url) === true,
      )
      const { rows: all } = JSON.parse(body.toString()) as { rows: unknown[] }
      assert.deepEqual(seen, all.slice(0, seen.length))
      assert.equal(server.requests.length, 2)
    })
  })
}

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
