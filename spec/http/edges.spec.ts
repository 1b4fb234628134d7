import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { deflateRawSync, deflateSync } from 'node:zlib'
import { MockAgent } from 'undici'
import { AuthenticationError, basicAuth, Dhis2ApiError, Dhis2Client, QueryError } from '../../lib/index.ts'

const grid = JSON.stringify({ headers: [{ name: 'dx' }], rows: [['a'], ['b']], height: 2 })
const json = { 'content-type': 'application/json' }

async function clientOf(t: TestContext, answer: RequestListener): Promise<Dhis2Client> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const auth = basicAuth('admin', 'hunter2secret')
  const client = new Dhis2Client({ baseUrl: `http://127.0.0.1:${port}`, auth, retry: false })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return client
}

describe('a dispatcher that does not wait to be resumed', () => {
  for (const status of [200, 409]) {
    it(`has its answer of status ${status} read`, async () => {
      const agent = new MockAgent()
      agent.disableNetConnect()
      agent
        .get('http://mock.example')
        .intercept({ path: () => true })
        .reply(status, grid, { headers: json })
      const client = new Dhis2Client({ baseUrl: 'http://mock.example', dispatcher: agent })
      const call = client.analytics.aggregate({ dx: 'a' })
      if (status === 200) assert.deepEqual((await call).rows, [['a'], ['b']])
      else await assert.rejects(call, Dhis2ApiError)
      await agent.close()
    })
  }
})

describe('a response', () => {
  it('is told with its head, and its first bytes as soon as they tell what they are', async (t) => {
    const client = await clientOf(t, (_, response) => {
      response.writeHead(200, json)
      response.flushHeaders()
      setTimeout(() => response.write('{"headers":['), 20)
    })
    const body = client.analytics.stream({ dx: 'a' })
    const seen: string[] = []
    body.on('response', () => seen.push('response'))
    const [chunk] = await once(body, 'data')
    assert.deepEqual([...seen, String(chunk)], ['response', '{"headers":['])
    body.destroy()
  })

  for (const [kind, deflate] of [['zlib', deflateSync] as const, ['raw', deflateRawSync] as const]) {
    it(`is decoded from deflate with a ${kind} stream inside`, async (t) => {
      const client = await clientOf(t, (_, response) => {
        response.writeHead(200, { ...json, 'content-encoding': 'deflate' }).end(deflate(grid))
      })
      assert.equal((await client.analytics.aggregate({ dx: 'a' })).height, 2)
    })
  }

  it('of CSV passes under any content type, and JSON in its place does not', async (t) => {
    const bodies = ['a,b\n1,2\n', '{"a":1}']
    const client = await clientOf(t, (_, response) => {
      response.writeHead(200, json).end(bodies.shift())
    })
    const read = async () => {
      let text = ''
      for await (const chunk of client.analytics.stream({ endpoint: '/api/analytics.csv', dx: 'a' }))
        text += chunk
      return text
    }
    assert.equal(await read(), 'a,b\n1,2\n')
    await assert.rejects(read(), { name: 'UnexpectedContentError' })
  })
})

describe('credentials', () => {
  it('that a server repeats in its headers or decoded in its body are struck out', async (t) => {
    const client = await clientOf(t, (request, response) => {
      const sent = String(request.headers.authorization)
      if (request.url?.includes('redirect')) {
        response.writeHead(302, { location: `/x/${encodeURIComponent(sent)}` }).end()
        return
      }
      const challenge = `Basic realm="bad ${sent}"`
      response.writeHead(401, { ...json, 'www-authenticate': challenge })
      response.end(JSON.stringify({ message: 'no such user as admin:hunter2secret' }))
    })
    for (const dx of ['a', 'redirect']) {
      await assert.rejects(client.analytics.aggregate({ dx }), (error: Error) => {
        const told = [error.message, error.stack, JSON.stringify(error)].join()
        assert.ok(
          !told.includes('hunter2secret') &&
            !told.includes(Buffer.from('admin:hunter2secret').toString('base64')),
        )
        return dx === 'redirect' || error instanceof AuthenticationError
      })
    }
  })

  it('in a Headers object are refused, and not left out of the request', async (t) => {
    const auth = { headers: () => new Headers({ authorization: 'x' }) as unknown as Record<string, string> }
    const client = new Dhis2Client({ baseUrl: 'http://127.0.0.1:1', auth })
    t.after(() => client.close())
    await assert.rejects(client.analytics.aggregate({ dx: 'a' }), QueryError)
  })
})

it('an error object in any order of keys is no file', async (t) => {
  const client = await clientOf(t, (_, response) => {
    response
      .writeHead(200, json)
      .end('{"message":"no","httpStatusCode":409,"status":"ERROR","errorCode":"E7124"}')
  })
  const folder = await mkdtemp(join(tmpdir(), 'edges-'))
  t.after(() => rm(folder, { recursive: true }))
  await assert.rejects(client.analytics.streamTo(join(folder, 'x.json'), { dx: 'a' }), { errorCode: 'E7124' })
  assert.deepEqual(await readdir(folder), [])
})
