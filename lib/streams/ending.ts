import type { Readable } from 'node:stream'
import { ClientClosedError, QueryError } from '../errors.ts'

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript asks of a class that is extended without being known.
type ReadableClass = new (...args: any[]) => Readable

/** A class of streams that end as those of this package do: with the error that is to the point, and once. */
export function endingWell<Base extends ReadableClass>(base: Base): Base {
  return class extends base {
    override destroy(error?: Error): this {
      return super.destroy(realError(this, error))
    }

    override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
      // Node would end it without a word, as if there were nothing to read.
      if (this.readableEnded) (destination as unknown as Readable).destroy(readAlready())
      return super.pipe(destination, options)
    }

    override [Symbol.asyncIterator](): NodeJS.AsyncIterator<unknown> {
      if (this.readableEnded) throw readAlready()
      return super[Symbol.asyncIterator]()
    }
  }
}

/**
 * What a stream of ours is destroyed with, in place of `error`.
 *
 * Nothing, where it is an AbortError without a cause: that is no more than a reader who left. Node 20 and 22 destroy
 * with it what a pipeline's last function reads, before they hear what that function threw, and would tell of it in
 * place of the real error. Whoever aborts by a signal gives a cause.
 *
 * And nothing but a warning, where a client was closed and nobody listens: `close()` ends no process.
 */
function realError(stream: Readable, error: Error | undefined): Error | undefined {
  if (error?.name === 'AbortError' && error.cause === undefined) return undefined
  if (!(error instanceof ClientClosedError) || stream.destroyed || stream.listenerCount('error') > 0)
    return error
  process.emitWarning('close() ended a stream that was still being read, and nobody listens for its error', {
    type: 'Dhis2AnalyticsWarning',
    code: 'DHIS2_CLOSED_EARLY',
    ...(error.request && { detail: `${error.request.method} ${error.request.url}` }),
  })
  return undefined
}

function readAlready(): QueryError {
  return new QueryError('This stream was read to its end before, and has nothing more: ask for another')
}
