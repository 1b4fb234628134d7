import type { Dispatcher } from 'undici'
import { QueryError } from '../../errors.ts'
import type { AnyDispatcher, Handler } from './any-dispatcher.ts'
import type { Turn } from './turns.ts'

/** Who takes a body: its bytes in order, then exactly one of `end` and `fail`. */
export interface BodySink {
  data(chunk: Buffer): void
  end(): void
  fail(error: Error): void
}

/** A body on its way: silent until started, then as fast as its sink lets it. */
export interface BodySource {
  start(sink: BodySink): void
  pause(): void
  resume(): void
  /** Closes the connection, once the body is no longer wanted. */
  abort(reason: Error): void
}

/** The head of a response, with its body waiting. Header names are in lower case. */
export interface Exchange extends BodySource {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The first value of a response header. */
export function headerOf({ headers }: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/**
 * One request on the wire, whose turn ends with it. Resolves at the response's head.
 *
 * On undici's `dispatch`, below `request`, so that a body reaches our Readable without another one between.
 */
export function exchange(
  turn: Turn,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let sink: BodySink | undefined
    // A dispatcher that is not a socket, such as a MockAgent, does not wait to be resumed.
    const early: ((to: BodySink) => void)[] = []
    let settled = false
    const onAbort = () => {
      const reason: Error = signal.reason
      settled = true
      reject(reason)
      controller?.abort(reason)
    }
    let controller: Dispatcher.DispatchController | undefined
    const release = () => {
      signal.removeEventListener('abort', onAbort)
      turn.leave()
    }

    signal.addEventListener('abort', onAbort, { once: true })
    const handler: Handler = {
      onRequestStart(started) {
        controller = started
        // Aborted while it waited for a connection.
        if (signal.aborted) started.abort(signal.reason)
      },
      onResponseStart(started, status, headers) {
        if (status < 200 || settled) return
        settled = true
        started.pause()
        resolve({
          status,
          headers,
          start(to) {
            sink = to
            for (const event of early.splice(0)) event(to)
            started.resume()
          },
          pause() {
            turn.rest()
            started.pause()
          },
          resume() {
            turn.goOn()
            started.resume()
          },
          abort: (reason) => started.abort(reason),
        })
      },
      onResponseData(_, chunk) {
        if (sink) sink.data(chunk)
        else early.push((to) => to.data(chunk))
      },
      onResponseEnd() {
        release()
        if (sink) sink.end()
        else early.push((to) => to.end())
      },
      onResponseError(_, error) {
        release()
        // The bytes that undici could not parse, which may well be a cookie's.
        if (error instanceof Error && 'data' in error) error.data = undefined
        if (sink) sink.fail(error)
        else if (settled) early.push((to) => to.fail(error))
        else reject(error)
      },
    }
    try {
      turn.dispatcher.dispatch(options, handler)
    } catch (error) {
      release()
      throw ofOldUndici(error) ? oldUndici(turn.dispatcher, error) : error
    }
  })
}

/** Before 7 undici wants handlers of other names, and misses the first of them. */
function ofOldUndici(error: unknown): boolean {
  return /^invalid on[A-Z]\w+ method$/.test((error as Error).message)
}

function oldUndici(dispatcher: AnyDispatcher, cause: unknown): QueryError {
  const name = dispatcher.constructor?.name ?? 'dispatcher'
  return new QueryError(`dispatcher: this ${name} is of an undici before 7; bring one of undici 7 or 8`, {
    cause,
  })
}
