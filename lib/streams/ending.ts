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
      // Node would end it without a word, as if there were nothing to read, or leave it waiting for ever.
      const refusal = refusalOf(this)
      if (refusal) (destination as unknown as Readable).destroy(refusal)
      return super.pipe(destination, options)
    }

    override [Symbol.asyncIterator](): NodeJS.AsyncIterator<unknown> {
      const refusal = refusalOf(this)
      if (refusal) throw refusal
      return super[Symbol.asyncIterator]()
    }
  }
}

/** Ends a stream without an error; whoever reads it all the same gets this one. */
export function endUnsaid(stream: Readable, error: Error | undefined): void {
  if (error && !stream.destroyed) unsaid.set(stream, error)
  stream.destroy()
}

/** Why a stream has ended, where nobody was told. */
export function unsaidOf(stream: Readable): Error | undefined {
  return unsaid.get(stream)
}

const unsaid = new WeakMap<Readable, Error>()

/**
 * What a stream of ours is destroyed with, in place of `error`.
 *
 * Nothing, where it is Node's AbortError without a cause: that is no more than a reader who left. Node 20 and 22 destroy
 * with it what a pipeline's last function reads, before they hear what that function threw, and would tell of it in
 * place of the real error. Whoever aborts by a signal gives a cause; the AbortErrors of others, such as of a `fetch` in a
 * function of the user, have another code.
 *
 * And nothing but a warning, where a client was closed and nobody listens: `close()` ends no process.
 */
function realError(stream: Readable, error: Error | undefined): Error | undefined {
  const isLeaving = error?.name === 'AbortError' && (error as { code?: unknown }).code === 'ABORT_ERR'
  if (isLeaving && error.cause === undefined) return undefined
  if (!(error instanceof ClientClosedError) || stream.destroyed || stream.listenerCount('error') > 0)
    return error
  process.emitWarning('close() ended a stream that was still being read, and nobody listens for its error', {
    type: 'Dhis2AnalyticsWarning',
    code: 'DHIS2_CLOSED_EARLY',
    ...(error.request && { detail: `${error.request.method} ${error.request.url}` }),
  })
  unsaid.set(stream, error)
  return undefined
}

/** Why nothing will come of a stream, where it does not say so itself. */
function refusalOf(stream: Readable): Error | undefined {
  if (stream.readableEnded) {
    return new QueryError('This stream was read to its end before, and has nothing more: ask for another')
  }
  if (!stream.destroyed || stream.errored) return undefined
  return (
    unsaidOf(stream) ??
    new QueryError(
      'This stream was destroyed, or left, before its end, and has nothing more: ask for another',
    )
  )
}
