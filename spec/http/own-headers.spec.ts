import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Dhis2Client } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

describe('headers of the user', () => {
  it('go with each request: those of a call over those of the client, and those of the auth over all', async (t) => {
    const headers = {
      Referer: 'https://tool.example.org/',
      'X-Trace': 'client',
      Accept: 'application/json;v=1',
    }
    const { server, client } = await connected(t, {}, { headers })
    await client.analytics.aggregate(question, { headers: { 'x-trace': 'call', 'User-Agent': 'mine' } })
    await client.system.info()
    const [first, second] = server.requests.map((request) => request.headers)
    assert.deepEqual(
      ['referer', 'x-trace', 'accept', 'user-agent'].map((name) => first![name]),
      ['https://tool.example.org/', 'call', 'application/json;v=1', 'mine'],
    )
    assert.equal(second!['x-trace'], 'client')
    assert.match(first!.authorization!, /^ApiToken /)
  })

  it('lose to those of the auth, whatever their case', async (t) => {
    const auth = { headers: () => ({ 'X-Tenant': 'auth', Authorization: 'ApiToken d2pat_x' }) }
    const { server, client } = await connected(t, {}, { auth, headers: { 'x-tenant': 'mine' }, retry: false })
    await client.analytics.aggregate(question).catch(() => undefined)
    assert.equal(server.requests[0]!.headers['x-tenant'], 'auth')
  })

  const refused: [headers: unknown, message: RegExp][] = [
    [{ Authorization: 'Basic x' }, /can not set Authorization; credentials belong into auth/],
    [{ cookie: 'a=b' }, /can not set cookie/],
    [{ Host: 'example.org' }, /can not set Host/],
    [{ 'accept-encoding': 'zstd' }, /can not set accept-encoding/],
    [{ 'content-length': '1' }, /belongs to the connection/],
    [{ 'x-a': 'a\nb' }, /invalid x-a header/],
    [{ 'x a': 'b' }, /a name that HTTP has no header for/],
    [{ 'x-a': 7 }, /must be a plain object of strings/],
    [new Headers({ a: 'b' }), /must be a plain object of strings/],
    ['x-a: b', /must be an object of strings/],
  ]
  for (const [headers, message] of refused) {
    it(`are refused before anything is sent: ${JSON.stringify(headers)}`, async (t) => {
      const { server, client } = await connected(t)
      const wrong = { name: 'QueryError', message }
      assert.throws(() => client.analytics.rows(question, { headers: headers as never }), wrong)
      await assert.rejects(client.analytics.aggregate(question, { headers: headers as never }), wrong)
      assert.throws(
        () => new Dhis2Client({ baseUrl: 'https://dhis2.example.org', headers: headers as never }),
        wrong,
      )
      assert.equal(server.requests.length, 0)
    })
  }

  it('do not show where a server repeats them', async (t) => {
    const secret = 'trace-of-a-secret-kind'
    const { server, client } = await connected(t, {}, { headers: { 'X-Api-Key': secret }, retry: false })
    server.misbehave({ status: 500, body: `{"message":"no ${secret}"}` })
    await assert.rejects(
      client.analytics.aggregate(question),
      (error: Error) => !error.message.includes(secret),
    )
  })
})
