// Listens, and accepts nothing until it is told to on its standard input: what comes meanwhile waits for its handshake.
import { readSync } from 'node:fs'
import { createServer } from 'node:http'

const server = createServer((_, response) => {
  response.setHeader('connection', 'close')
  response.end('{"version":"2.43.1"}')
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`, () => {
    readSync(0, Buffer.alloc(1))
  })
})
