import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDhis2 } from '../../examples/support/dhis2-server.ts'
import { connected, question } from '../support/connected.ts'
import { root, runScript } from '../support/run-script.ts'

describe('an error that nobody listens for', () => {
  for (const what of ['rows', 'values', 'view', 'list']) {
    for (const how of ['data', 'pipe']) {
      it(`ends the process: ${what} by ${how}`, async () => {
        await using server = await startDhis2()
        const args = [server.url, `${what}-${how}`]
        const { code, stdout, stderr } = await runScript('spec/faults/unheard-child.ts', { cwd: root, args })
        assert.equal(code, 1)
        assert.equal(stdout, '')
        assert.match(stderr, /AuthenticationError: 401/)
      })
    }

    it(`does not come of ${what} that are not read when the client closes`, async () => {
      await using server = await startDhis2()
      const args = [server.url, `${what}-unread`]
      const { code, stderr } = await runScript('spec/faults/unheard-child.ts', { cwd: root, args })
      assert.deepEqual([code, stderr, server.requests.length], [0, '', 0])
    })

    it(`is no more than a warning where the client closes over ${what} that are read`, async () => {
      // So many that they are still coming.
      await using server = await startDhis2({ rows: 20_000, eventRows: 5000 })
      const args = [server.url, `${what}-closed`]
      const { code, stdout, stderr } = await runScript('spec/faults/unheard-child.ts', { cwd: root, args })
      assert.deepEqual([code, stdout], [0, 'closed\n'])
      assert.match(stderr, /DHIS2_CLOSED_EARLY.*close\(\) ended a stream/)
    })
  }
})

describe('rows that nobody reads', () => {
  it('are not asked for', async (t) => {
    const { client, server } = await connected(t)
    const streams = [
      client.analytics.rows(question),
      client.analytics.dataValues(question),
      client.sqlViews.rows('dI68mLkP1wN'),
    ]
    await sleep(30)
    assert.equal(server.requests.length, 0)
    for (const stream of streams) stream.destroy()
  })
})
