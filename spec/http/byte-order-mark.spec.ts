import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Dhis2Client, type Dhis2ClientError } from '../../lib/index.ts'
import { rawServer } from '../support/raw-server.ts'
import { emptyDirectory } from '../support/run-script.ts'

const mark = Buffer.from('\ufeff')
const grid = '{"headers":[{"name":"dx"}],"rows":[["a"]],"height":1}'
const oops =
  '{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"No","errorCode":"E7124"}'
const late = '{"message":"No","status":"ERROR","httpStatusCode":409,"errorCode":"E7124"}'
const utf16 = (text: string, isBig = false) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

/** A client whose server answers with these pieces of a body, each in a chunk. */
async function clientOf(
  t: TestContext,
  pieces: readonly Uint8Array[],
  { status = 200 } = {},
): Promise<Dhis2Client> {
  const server = await rawServer((socket) => {
    socket.write(`HTTP/1.1 ${status} x\r\ntransfer-encoding: chunked\r\n\r\n`)
    for (const piece of pieces) {
      socket.write(`${piece.length.toString(16)}\r\n`)
      socket.write(piece)
      socket.write('\r\n')
    }
    socket.write('0\r\n\r\n')
  })
  const client = new Dhis2Client({ baseUrl: server.url, retry: false })
  t.after(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })
  return client
}

function inPieces(body: string | Buffer, size: number): Buffer[] {
  const bytes = Buffer.concat([mark, Buffer.from(body)])
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )
}

describe('a byte order mark', () => {
  for (const size of [1, 2, 3, 4, 1000]) {
    it(`before data, in pieces of ${size}, is skipped`, async (t) => {
      const client = await clientOf(t, inPieces(grid, size))
      assert.deepEqual((await client.analytics.aggregate({ dx: 'a' })).rows, [['a']])
      assert.deepEqual(await client.analytics.rows({ dx: 'a' }).toArray(), [['a']])
      const path = join(await emptyDirectory(t), 'x.json')
      await client.analytics.streamTo(path, { dx: 'a' })
      assert.equal(await readFile(path, 'utf8'), `\ufeff${grid}`)
    })

    for (const status of [200, 409]) {
      for (const body of [oops, late, 'E7124: No']) {
        it(`before ${body.slice(0, 14)}, status ${status}, in pieces of ${size}, hides no error`, async (t) => {
          const client = await clientOf(t, inPieces(body, size), { status })
          const expected = { name: 'Dhis2ApiError', errorCode: 'E7124', message: /No/ }
          const directory = await emptyDirectory(t)
          const formats = body.startsWith('{') ? ['json'] : ['json', 'csv', 'xml']
          for (const format of formats) {
            const query = { endpoint: `/api/analytics.${format}`, dx: 'a' } as const
            await assert.rejects(client.analytics.streamTo(join(directory, `x.${format}`), query), expected)
          }
          await assert.rejects(client.analytics.aggregate({ dx: 'a' }), expected)
          await assert.rejects(client.analytics.rows({ dx: 'a' }).toArray(), expected)
          assert.deepEqual(await readdir(directory), [])
        })
      }
    }
  }

  it('before the parsed body of an error is no part of it', async (t) => {
    const client = await clientOf(t, inPieces(oops, 1), { status: 409 })
    await assert.rejects(client.analytics.aggregate({ dx: 'a' }), { body: JSON.parse(oops) })
  })

  it('before the system info does not deny the server', async (t) => {
    const body = '\ufeff{"version":"2.42.1"}'
    const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = new Dhis2Client({ baseUrl: `http://127.0.0.1:${port}` })
    t.after(async () => {
      await client.close()
      server.close()
    })
    assert.equal((await client.system.info()).version, '2.42.1')
  })

  for (const [name, encoded] of [
    ['little', utf16],
    ['big', (text: string) => utf16(text, true)],
  ] as const) {
    it(`of UTF-16 with the ${name} end first is told`, async (t) => {
      for (const format of ['json', 'csv', 'xml', 'html']) {
        const client = await clientOf(t, [encoded(format === 'json' ? grid : 'dx,value\r\na,1\r\n')])
        const query = { endpoint: `/api/analytics.${format}`, dx: 'a' } as const
        const expected = { name: 'UnexpectedContentError', message: /UTF-16/ }
        await assert.rejects(client.analytics.stream(query).toArray(), expected)
        await assert.rejects(
          client.analytics.streamTo(join(await emptyDirectory(t), `x.${format}`), query),
          expected,
        )
      }
    })

    it(`of UTF-16 with the ${name} end first does not hide what an error says`, async (t) => {
      for (const status of [200, 409]) {
        const client = await clientOf(t, [encoded(oops)], { status })
        await assert.rejects(client.analytics.aggregate({ dx: 'a' }), (error: Dhis2ClientError) =>
          status === 409 ? 'errorCode' in error && error.errorCode === 'E7124' : /UTF-16/.test(error.message),
        )
      }
    })
  }

  it('of UTF-16 that is left out is told all the same, in JSON', async (t) => {
    for (const bytes of [Buffer.from(grid, 'utf16le'), Buffer.from(grid, 'utf16le').swap16()]) {
      const client = await clientOf(t, [bytes])
      await assert.rejects(client.analytics.stream({ dx: 'a' }).toArray(), { message: /UTF-16/ })
    }
  })
})
