import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dhis2Client, type Dhis2ClientError } from '../../lib/index.ts'
import { rawServer } from '../support/raw-server.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { certificate, key } from './certificate.ts'

const csv = { endpoint: '/api/analytics.csv', dx: 'a' } as const
const heads = {
  'HTTP/1.0': 'HTTP/1.0 200 OK\r\n\r\n',
  'Connection: close': 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n',
}
const sizes = [100, 150_000, 1_000_000]
const readers = [
  { highWaterMark: 1, pauseMs: 0 },
  { highWaterMark: 1, pauseMs: 30 },
  { highWaterMark: 262_144, pauseMs: 0 },
  { highWaterMark: 262_144, pauseMs: 100 },
]

const broken = (error: Dhis2ClientError) => ['ERR_TRUNCATED_RESPONSE', 'ERR_CONNECTION'].includes(error.code)

/** Passes on what a server sends, and resets the connection behind so many bytes. */
async function cutter(url: string, bytes: number, delayMs: number | undefined) {
  const relay = createServer((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1')
    let left = bytes
    near.on('error', () => undefined).on('close', () => far.destroy())
    far.on('error', () => undefined)
    near.pipe(far)
    far.on('data', (chunk: Buffer) => {
      if (left <= 0) return
      near.write(chunk)
      left -= chunk.length
      if (left > 0) return
      if (delayMs === undefined) near.resetAndDestroy()
      else setTimeout(() => near.resetAndDestroy(), delayMs)
    })
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const { port } = relay.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void relay.close() }
}

describe('a body without a length', { timeout: 120_000 }, () => {
  for (const [name, head] of Object.entries(heads)) {
    it(`under ${name} that is reset is never taken for whole`, async (t) => {
      for (const size of sizes) {
        for (const delayMs of [undefined, 0, 20]) {
          await using server = await rawServer((socket) => {
            socket.write(head)
            socket.write(Buffer.alloc(size, 'a,b\n'), () => {
              if (delayMs === undefined) socket.resetAndDestroy()
              else setTimeout(() => socket.resetAndDestroy(), delayMs)
            })
          })
          await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
          for (const { highWaterMark, pauseMs } of readers) {
            const read = async () => {
              for await (const _ of client.analytics.stream(csv, { highWaterMark })) await sleep(pauseMs)
            }
            await assert.rejects(read, broken, `${size} bytes, after ${delayMs} ms, ${pauseMs} ms`)
          }
          const directory = await emptyDirectory(t)
          await assert.rejects(client.analytics.streamTo(join(directory, 'x.csv'), csv), broken)
          assert.deepEqual(await readdir(directory), [])
        }
      }
    })

    for (const tls of [undefined, { cert: certificate, key }]) {
      it(`under ${name}${tls ? ' and TLS' : ''} that ends is whole`, async () => {
        for (const size of sizes) {
          for (const how of ['end', 'destroySoon'] as const) {
            await using server = await rawServer((socket) => {
              socket.write(head)
              socket.write(Buffer.alloc(size, 'a,b\n'))
              socket[how]()
            }, tls)
            const options = tls ? { tls: { ca: certificate } } : {}
            await using client = new Dhis2Client({ baseUrl: server.url, retry: false, ...options })
            for (const { highWaterMark, pauseMs } of readers) {
              let received = 0
              for await (const chunk of client.analytics.stream(csv, { highWaterMark })) {
                received += chunk.length
                await sleep(pauseMs)
              }
              assert.equal(received, size)
            }
          }
        }
      })
    }
  }

  it('under TLS that is reset is never taken for whole', async () => {
    await using server = await rawServer(
      (socket) => {
        socket.write(heads['Connection: close'])
        socket.write(Buffer.alloc(1_000_000, 'a,b\n'))
      },
      { cert: certificate, key },
    )
    for (const bytes of [20_000, 100_000, 600_000]) {
      for (const delayMs of [undefined, 0, 20]) {
        await using relay = await cutter(server.url, bytes, delayMs)
        await using client = new Dhis2Client({ baseUrl: relay.url, retry: false, tls: { ca: certificate } })
        for (const { highWaterMark, pauseMs } of readers) {
          const read = async () => {
            for await (const _ of client.analytics.stream(csv, { highWaterMark })) await sleep(pauseMs)
          }
          await assert.rejects(read, broken)
        }
      }
    }
  })
})
