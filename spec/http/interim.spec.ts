import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dhis2Client } from '../../lib/index.ts'
import { httpText, rawServer } from '../support/raw-server.ts'
import { certificate, key } from './certificate.ts'

const grid = '{"headers":[{"name":"dx"}],"rows":[["HTTP/1.1 100 Continue"]],"height":1}'
const proceed = 'HTTP/1.1 100 Continue\r\n\r\n'
const befores: Record<string, string> = {
  'a 100': proceed,
  'two of 100': proceed + proceed,
  'a 100 with headers': 'HTTP/1.1 100 Continue\r\nserver: x\r\nx-more: HTTP/1.1 100\r\n\r\n',
  'a 100 without words': 'HTTP/1.1 100\r\n\r\n',
  'a 102': 'HTTP/1.1 102 Processing\r\n\r\n',
  'a 103': 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n',
  'a 100, a 103 and a 100': `${proceed}HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${proceed}`,
}

describe('a response behind', () => {
  for (const [name, before] of Object.entries(befores)) {
    for (const tls of [undefined, { cert: certificate, key }]) {
      it(`${name} is read${tls ? ', under TLS' : ''}, also where the connection is used again`, async () => {
        const answer = Buffer.concat([Buffer.from(before), httpText({}, grid)])
        await using server = await rawServer((socket) => socket.write(answer), tls)
        await using client = new Dhis2Client({
          baseUrl: server.url,
          retry: false,
          pool: { connections: 1 },
          ...(tls && { tls: { ca: certificate } }),
        })
        for (let i = 0; i < 3; i++) {
          const { rows } = await client.analytics.aggregate({ dx: 'a' })
          assert.deepEqual(rows, [['HTTP/1.1 100 Continue']])
          assert.equal((await client.system.info()).version, '2.43.1')
        }
        assert.equal(server.openSockets, 1)
      })
    }

    it(`${name} is read byte by byte`, async () => {
      await using server = await rawServer(async (socket) => {
        socket.setNoDelay(true)
        for (const byte of `${before}HTTP/1.1 200`) {
          socket.write(byte)
          await sleep(1)
        }
        socket.write(httpText({}, grid).subarray('HTTP/1.1 200'.length))
      })
      await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
      assert.equal((await client.analytics.aggregate({ dx: 'a' })).height, 1)
    })
  }

  it('a switch of protocols nobody asked for is a ConnectionError', async () => {
    await using server = await rawServer((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
    )
    await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
    await assert.rejects(client.analytics.aggregate({ dx: 'a' }), { code: 'ERR_CONNECTION' })
  })

  it('a 100 that is all there is, is an error', async () => {
    await using server = await rawServer((socket) => socket.end(proceed))
    await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
    await assert.rejects(client.analytics.aggregate({ dx: 'a' }), { code: 'ERR_CONNECTION' })
  })
})
