import { AssertionError } from 'node:assert'
import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { TlsOptions } from './options.ts'

/**
 * Makes the connections of a pool.
 *
 * The parser of undici 7 throws, out of an event of the socket where nobody can catch it, when the other side hangs up
 * while a slow reader has it paused and the response said that the connection would close (nodejs/undici#5360; put
 * right in undici 8, which Node 20 can't run). So each socket holds its end back until the parser reads again.
 */
export function connector(options: TlsOptions & { timeout: number }): buildConnector.connector {
  // With half of it open a socket whose end is held back is not closed either.
  const connect = buildConnector({ ...options, allowHalfOpen: true } as buildConnector.BuildOptions)
  return (target, callback) =>
    connect(target, (...outcome) => {
      if (outcome[1]) holdEndBack(outcome[1])
      callback(...outcome)
    })
}

function holdEndBack(socket: Socket): void {
  const emit: (event: string, ...args: unknown[]) => boolean = socket.emit.bind(socket)
  const read = socket.read.bind(socket)
  let held = false

  socket.emit = (event: string, ...args: unknown[]) => {
    try {
      const heard = emit(event, ...args)
      if (event === 'end' && !socket.destroyed) socket.end()
      return heard
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      if (event === 'end') held = true
      // A reset is taken for a possible end as well; under another code it is an error like any other.
      else if (event === 'error') emit('error', withoutCode(args[0] as Error))
      else throw error
      return true
    }
  }

  // The parser reads as soon as it is resumed.
  socket.read = (size?: number) => {
    if (held) {
      held = false
      setImmediate(() => {
        if (!socket.destroyed) socket.emit('end')
      })
    }
    return read(size)
  }
}

function withoutCode(error: Error): Error {
  return new Error(error.message, { cause: error })
}
