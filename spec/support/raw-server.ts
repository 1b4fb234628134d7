import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** A server below HTTP: whatever it writes goes out as it is. */
export interface RawServer extends AsyncDisposable {
  readonly url: string
  /** The head of every request so far. */
  readonly requests: readonly string[]
  readonly openSockets: number
}

/** Answers one request, given its head and its number, from 0. */
export type RawAnswer = (socket: Socket, head: string, nth: number) => unknown

/** Listens on 127.0.0.1. `/api/system/info` is always answered well: that is how a client shows it still works. */
export async function rawServer(answer: RawAnswer, tls?: TlsOptions): Promise<RawServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const handle = (socket: Socket) => {
    let head = ''
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      const request = head.slice(0, end)
      head = head.slice(end + 4)
      if (/^GET \S*\/api\/system\/info/.test(request)) {
        socket.write(httpText({}, '{"version":"2.43.1"}'))
        return
      }
      requests.push(request)
      answer(socket, request, requests.length - 1)
    })
    socket.on('error', () => undefined)
  }
  const server: Server = tls ? createTlsServer(tls, handle) : createTcpServer(handle)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    get openSockets() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A whole response with status 200; `headers` replace its Content-Length. */
export function httpText(headers: Readonly<Record<string, string>>, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body)
  const all = Object.keys(headers).length ? headers : { 'content-length': String(bytes.length) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`), bytes])
}
