import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, it, mock, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Dhis2Client } from '../../lib/index.ts'
import { activeResources, eventually } from '../support/leaks.ts'
import { rawServer } from '../support/raw-server.ts'
import { nodeArguments } from '../support/run-script.ts'
import { certificate, key } from './certificate.ts'

/** No test may depend on the names that this machine knows: the name `far.example` gets these addresses. */
function resolve(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const real = dns.lookup
  mock.method(dns, 'lookup', ((name: string, options: object, callback: (...told: unknown[]) => void) => {
    if (name === 'far.example') setImmediate(callback, null, found)
    else real(name, options, callback as never)
  }) as never)
}

afterEach(() => mock.restoreAll())

/** A port whose server answers handshakes only once `wake` was called. */
async function asleep(t: TestContext): Promise<{ port: number; wake: () => void }> {
  const child = spawn(
    process.execPath,
    [...nodeArguments, fileURLToPath(new URL('slow-listener.ts', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  // Those who come before the queue is full are let in at once.
  const early = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.after(() => {
    for (const socket of early) socket.destroy()
    child.kill()
  })
  await sleep(100)
  return { port, wake: () => child.stdin.end('x') }
}

const onLinux = {
  skip: process.platform === 'linux' ? false : 'handshakes wait elsewhere too, but otherwise',
}

describe('a name with several addresses', { timeout: 30_000 }, () => {
  it('is reached where the handshake takes long and the other address fails', onLinux, async (t) => {
    for (const addresses of [
      ['127.0.0.1', '::1'],
      ['::1', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
      ['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'],
    ]) {
      const { port, wake } = await asleep(t)
      resolve(...addresses)
      await using client = new Dhis2Client({ baseUrl: `http://far.example:${port}`, retry: false })
      const call = client.system.info()
      setTimeout(wake, 600)
      assert.equal((await call).version, '2.43.1')
      mock.restoreAll()
    }
  })

  it('is reached where the first address says nothing', onLinux, async (t) => {
    const { port } = await asleep(t)
    const server = createServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"version":"2.43.1"}')
    }).listen(port, '127.0.0.2')
    t.after(() => server.close())
    resolve('127.0.0.1', '127.0.0.2')
    await using client = new Dhis2Client({ baseUrl: `http://far.example:${port}`, retry: false })
    assert.equal((await client.system.info()).version, '2.43.1')
  })

  it('none of which answers in time is a connect timeout of connectMs', onLinux, async (t) => {
    const { port } = await asleep(t)
    const before = activeResources()
    resolve('127.0.0.1', '127.0.0.1')
    const timeouts = { connectMs: 700 }
    const client = new Dhis2Client({ baseUrl: `http://far.example:${port}`, retry: false, timeouts })
    await assert.rejects(client.system.info(), { code: 'ERR_TIMEOUT', phase: 'connect', timeoutMs: 700 })
    await client.close()
    await eventually(() => activeResources().length <= before.length, 'nothing is left')
  })

  it('all of which refuse is a ConnectionError that tells of each', async () => {
    resolve('127.0.0.1', '::1', '127.0.0.2')
    await using client = new Dhis2Client({ baseUrl: 'http://far.example:1', retry: false })
    await assert.rejects(client.system.info(), {
      code: 'ERR_CONNECTION',
      message: /127\.0\.0\.1:1.*127\.0\.0\.2:1/,
    })
  })

  it('takes one connection, and under TLS the name is what the certificate is for', async () => {
    await using server = await rawServer(() => undefined, { cert: certificate, key })
    const { port } = new URL(server.url)
    resolve('127.0.0.9', '127.0.0.1')
    const tls = { ca: certificate }
    await using refused = new Dhis2Client({ baseUrl: `https://far.example:${port}`, tls, retry: false })
    await assert.rejects(refused.system.info(), { code: 'ERR_CONNECTION', message: /far\.example/ })
    await using client = new Dhis2Client({
      baseUrl: `https://far.example:${port}`,
      tls: { ...tls, servername: 'localhost' },
    })
    assert.equal((await client.system.info()).version, '2.43.1')
    assert.equal(server.openSockets, 1)
  })
})
