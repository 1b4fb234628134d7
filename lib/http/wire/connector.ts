import { AssertionError } from 'node:assert'
import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { TlsOptions } from '../options.ts'
import { InterimResponses } from './interim.ts'
import { racing } from './racing.ts'

/**
 * Makes the connections of a pool, and mends three things between them and the parser of undici 7.
 *
 * When the other side hangs up while a slow reader has the parser paused, and the response said that the connection
 * would close, the parser throws out of an event of the socket, where nobody can catch it (nodejs/undici#5360; put
 * right in undici 8, which Node 20 can't run). So a socket's end is held back until the parser reads again.
 *
 * A body that goes on until the connection closes is taken for whole also where the connection was reset. It is not:
 * so a reset comes without the code that it is known by. One that comes right behind data libuv tells as an end; but
 * the connection has no other side then, as it has where that only ended what it sends.
 *
 * And a `100 Continue` is no bad response.
 */
export function connector(options: TlsOptions, connectMs: number): buildConnector.connector {
  // With half of it open a socket whose end is held back is not closed either.
  const single = buildConnector({
    ...options,
    timeout: 0,
    allowHalfOpen: true,
  } as buildConnector.BuildOptions)
  const connect = racing(single, connectMs)
  return (target, callback) =>
    connect(target, (...outcome) => {
      if (outcome[1]) mend(outcome[1])
      callback(...outcome)
    })
}

function mend(socket: Socket): void {
  const emit: (event: string, ...args: unknown[]) => boolean = socket.emit.bind(socket)
  const read = socket.read.bind(socket)
  const write = socket.write.bind(socket) as (...request: unknown[]) => boolean
  const interim = new InterimResponses()
  let held = false

  const end = () => {
    try {
      emit('end')
      if (!socket.destroyed) socket.end()
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      held = true
    }
    return true
  }

  socket.emit = (event: string, ...args: unknown[]) => {
    if (event === 'end') {
      if (!isReset(socket)) return end()
      socket.destroy(new Error('The connection was reset'))
      return true
    }
    if (event === 'error') return emit('error', withoutResetCode(args[0] as NodeJS.ErrnoException))
    return emit(event, ...args)
  }

  // The parser reads as soon as it is resumed.
  socket.read = (size?: number) => {
    if (held) {
      held = false
      setImmediate(() => socket.destroyed || end())
    }
    const bytes: Buffer | null = read(size)
    if (bytes) interim.rename(bytes)
    return bytes
  }

  socket.write = (...request: unknown[]) => {
    interim.expect()
    return write(...request)
  }
}

/** Of one that has ended; nobody asks for the address before, which would be remembered. */
function isReset(socket: Socket): boolean {
  return socket.remoteAddress === undefined
}

function withoutResetCode(error: NodeJS.ErrnoException): Error {
  return error.code === 'ECONNRESET' ? new Error(error.message, { cause: error }) : error
}
