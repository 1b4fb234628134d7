import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { describe, it, type TestContext } from 'node:test'
import type { RetryNotice } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

const events = ['start', 'response', 'retry', 'end'] as const

function listening(t: TestContext): { name: string; message: Record<string, unknown> }[] {
  const heard: { name: string; message: Record<string, unknown> }[] = []
  for (const name of events) {
    const listener = (message: unknown) =>
      void heard.push({ name, message: message as Record<string, unknown> })
    const each = channel(`dhis2-analytics-stream:request:${name}`)
    each.subscribe(listener)
    t.after(() => each.unsubscribe(listener))
  }
  return heard
}

describe('onRetry', () => {
  it('is told of each attempt that failed, and what is waited for', async (t) => {
    const notices: RetryNotice[] = []
    const onRetry = (notice: RetryNotice) => void notices.push(notice)
    const { server, client } = await connected(t, {}, { onRetry })
    server.misbehave({ status: 503 }, { truncateAfter: 100 })
    await client.analytics.aggregate(question)
    assert.deepEqual(
      notices.map(({ attempt, error, delayMs, request }) => [
        attempt,
        error.name,
        delayMs,
        request.url.startsWith(server.url),
      ]),
      [
        [1, 'Dhis2ApiError', 0, true],
        [2, 'TruncatedResponseError', 0, true],
      ],
    )
  })

  it('of a call takes the place of the client’s, and is waited for', async (t) => {
    const order: string[] = []
    const { server, client } = await connected(t, {}, { onRetry: () => order.push('client') })
    server.misbehave({ status: 502 })
    const onRetry = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(`told before ${server.requests.length + 1}`)
    }
    await client.analytics.rows(question, { onRetry }).toArray()
    assert.deepEqual(order, ['told before 2'])
  })

  for (const thrown of [new RangeError('enough'), undefined]) {
    it(`fails the call where it throws ${thrown}`, async (t) => {
      const onRetry = () => {
        throw thrown
      }
      const { server, client } = await connected(t, {}, { onRetry })
      server.misbehave({ status: 503 })
      const failing = assert.rejects(client.analytics.aggregate(question), (error: Error) =>
        thrown ? error === thrown : /onRetry threw undefined/.test(error.message),
      )
      await failing
      assert.equal(server.requests.length, 1)
    })
  }
})

describe('the diagnostics channels', () => {
  it('tell of starts, responses, retries and ends, in their order', async (t) => {
    const { server, client } = await connected(t)
    const heard = listening(t)
    server.misbehave({ status: 503 })
    const rows = await client.analytics.rows(question).toArray()
    assert.ok(rows.length)
    await new Promise(setImmediate)
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['start', 'response', 'retry', 'start', 'response', 'end'],
    )
    const { message } = heard.at(-1)!
    assert.equal(message['complete'], true)
    assert.ok((message['receivedBytes'] as number) > 1000)
    assert.equal(message['error'], undefined)
  })

  it('tell of what was left, and of what failed', async (t) => {
    const { server, client } = await connected(t, {}, { retry: false })
    const heard = listening(t)
    for await (const _ of client.analytics.stream(question)) break
    server.misbehave({ status: 503 })
    await assert.rejects(client.analytics.stream(question).toArray())
    await new Promise(setImmediate)
    const ends = heard.filter(({ name }) => name === 'end').map(({ message }) => message)
    assert.deepEqual(
      ends.map(({ complete, error }) => [complete, (error as Error | undefined)?.name]),
      [
        [false, undefined],
        [false, 'Dhis2ApiError'],
      ],
    )
  })

  it('hold no credential', async (t) => {
    const { server, client } = await connected(t)
    const heard = listening(t)
    server.misbehave({ status: 503 })
    await client.analytics.aggregate(question)
    assert.doesNotMatch(JSON.stringify(heard), /d2pat_|ApiToken|authorization/i)
  })
})
