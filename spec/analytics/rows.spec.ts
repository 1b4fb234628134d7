import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { type Dhis2ClientError, type Header, parseRows, toCsv } from '../../lib/index.ts'
import { connected, hangUp, question } from '../support/connected.ts'
import { generated } from '../support/grids.ts'
import { eventually } from '../support/leaks.ts'

describe('rows', () => {
  it('gives each row once, under headers announced before', async (t) => {
    const { client } = await connected(t, { rows: 5000 })
    const events: unknown[] = []
    const rows = client.analytics.rows(question)
    rows.on('headers', (headers: Header[]) => events.push(headers.map(({ name }) => name)))
    for await (const row of rows) events.push(row)
    const { rows: all } = JSON.parse(generated({ rows: 5000 }).toString()) as { rows: unknown[] }
    assert.deepEqual(events, [['dx', 'pe', 'ou', 'value'], ...all])
  })

  it('closes the socket when a for await is left', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    for await (const row of client.analytics.rows(question)) {
      assert.equal((row as unknown[]).length, 4)
      break
    }
    await hangUp(server)
    assert.ok(server.requests[0]!.bytesSent < 20_000_000)
  })

  it('closes it too when the loop throws, with its own error', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    await assert.rejects(async () => {
      for await (const _ of client.analytics.rows(question)) throw new Error('mine')
    }, /mine/)
    await hangUp(server)
  })

  it('sends nothing before it is read, and nothing when it is destroyed before that', async (t) => {
    const { server, client } = await connected(t)
    const rows = client.analytics.rows(question)
    rows.on('error', () => undefined)
    rows.destroy()
    await eventually(() => rows.closed, 'it is closed')
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(server.requests.length, 0)
  })

  for (const [what, body] of [
    ['malformed JSON', '{"headers":[{"name":"a"}],"rows":[["1"],["2"x]]}'],
    ['a row too short', '{"headers":[{"name":"a"},{"name":"b"}],"rows":[["1","2"],["3"]]}'],
    ['too few rows', '{"headers":[{"name":"a"}],"rows":[["1"]],"height":2}'],
    ['no grid', '{"events":[]}'],
  ] as const) {
    it(`names the request in its error for ${what}`, async (t) => {
      const { server, client } = await connected(t)
      server.serve('/api/analytics.json', body)
      await assert.rejects(client.analytics.rows(question).toArray(), (error: Dhis2ClientError) => {
        assert.equal(error.request?.method, 'GET')
        assert.match(error.message, /\[GET http:\/\/127\.0\.0\.1:\d+\/api\/analytics\.json\?dimension=dx/)
        return true
      })
    })
  }

  it('ends with an AbortError when its signal says so', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    const abort = new AbortController()
    await assert.rejects(
      async () => {
        for await (const _ of client.analytics.rows(question, { signal: abort.signal })) abort.abort()
      },
      { name: 'AbortError' },
    )
    await hangUp(server)
  })
})

describe('a whole pipeline', () => {
  const failure = new Error('the stage failed')
  const ends: [string, (signal: AbortController) => Writable, object][] = [
    ['a sink that fails', () => sinkThat((done) => done(failure)), failure],
    [
      'a sink that is destroyed',
      () => {
        const sink = sinkThat((done) => {
          sink.destroy()
          done()
        })
        return sink
      },
      { code: 'ERR_STREAM_PREMATURE_CLOSE' },
    ],
    [
      'an abort',
      (abort) =>
        sinkThat((done) => {
          abort.abort()
          done()
        }),
      { name: 'AbortError' },
    ],
  ]
  for (const [what, makeSink, expected] of ends) {
    it(`ends once with ${what}, and closes the socket`, async (t) => {
      const { server, client } = await connected(t, { rows: 500_000 })
      const abort = new AbortController()
      const body = client.analytics.stream(question)
      const line = [body, parseRows(), toCsv(), makeSink(abort)] as const
      await assert.rejects(pipeline(...line, { signal: abort.signal }), expected)
      assert.deepEqual(
        line.map(({ destroyed }) => destroyed),
        [true, true, true, true],
      )
      await hangUp(server)
    })
  }

  it('ends once with a stage in the middle that throws', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    const throwing = async function* (rows: AsyncIterable<unknown[]>) {
      for await (const row of rows) {
        yield row
        throw failure
      }
    }
    await assert.rejects(
      pipeline(
        client.analytics.stream(question),
        parseRows(),
        throwing,
        toCsv({ header: false }),
        sinkThat((done) => done()),
      ),
      failure,
    )
    await hangUp(server)
  })

  it('slows the socket down where its sink is slow', async (t) => {
    const { server, client } = await connected(t, { rows: 2_000_000 })
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined })
    const line = pipeline(client.analytics.stream(question), parseRows(), toCsv(), stuck)
    await eventually(() => (server.requests[0]?.bytesSent ?? 0) > 0, 'bytes are sent')
    // Until nothing more is sent: what fits into the buffers between is sent all the same.
    let sent = -1
    await eventually(() => {
      const before = sent
      sent = server.requests[0]!.bytesSent
      return sent === before
    }, 'the server stops sending')
    assert.ok(sent < 30_000_000, `${sent} bytes of 93 MB were sent to nobody`)
    stuck.destroy()
    await assert.rejects(line, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  })
})

function sinkThat(takes: (done: (error?: Error) => void) => void): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => takes(done) })
}
