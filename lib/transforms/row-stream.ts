import { type Readable, Transform } from 'node:stream'
import type { RequestSummary } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'

/**
 * A stream of rows that says what its columns are: it emits `'headers'` once, before its first row and also
 * when there are none, and from then on carries `headers` and `metaData`.
 */
export interface RowStream extends Readable {
  headers: readonly Header[] | undefined
  /** Undefined until known, which for a body that sends it behind its rows is at the end. */
  metaData: MetaData | undefined
}

/** A transform whose output is a row stream. */
export class RowTransform extends Transform implements RowStream {
  headers: readonly Header[] | undefined
  metaData: MetaData | undefined

  protected announce(headers: readonly Header[], metaData: MetaData | undefined): void {
    this.headers = headers
    this.metaData = metaData
    this.emit('headers', headers)
  }
}

/**
 * A transform that says what comes out: what `for await`, `toArray` and the next stage of a `pipeline` get.
 *
 * The call signature is there for the compiler alone, there is nothing to call. The types of `pipeline` take every
 * stream for one of `string | Buffer`; what comes out of a stage they only learn of one that looks like a function.
 */
export interface TransformTo<T> extends RowTransform {
  (source: unknown): AsyncIterable<T>
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<T>
  toArray(options?: { signal?: AbortSignal }): Promise<T[]>
}

/** Calls `listener` with the headers of the row stream that gets piped into `transform`, before its first row. */
export function onUpstreamHeaders(
  transform: Transform,
  listener: (headers: readonly Header[], metaData: MetaData | undefined) => void,
): void {
  transform.on('pipe', (source: RowStream) => {
    const tell = () => listener(source.headers ?? [], source.metaData)
    if (source.headers) return tell()
    source.once('headers', tell)
    transform.once('unpipe', () => source.off('headers', tell))
  })
}

/** The request behind the stream that is piped into `transform`, once there is one. */
export function upstreamRequest(transform: Transform): { readonly current: RequestSummary | undefined } {
  const upstream: { current: RequestSummary | undefined } = { current: undefined }
  transform.on('pipe', (source: { request?: RequestSummary }) => {
    upstream.current = source.request
  })
  return upstream
}
