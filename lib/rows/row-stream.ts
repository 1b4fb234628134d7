import type { Readable } from 'node:stream'
import type { Header, MetaData } from '../grid/grid.ts'
import { Stage } from './stage.ts'

/**
 * A stream of rows that says what its columns are: it emits `'headers'` once, before its first row and also
 * when there are none, and from then on carries `headers` and `metaData`.
 */
export interface RowStream extends Readable {
  readonly headers: readonly Header[] | undefined
  /** Undefined until known, which for a body that sends it behind its rows is at the end. */
  readonly metaData: MetaData | undefined
}

/** A transform whose output is a row stream. */
export abstract class RowTransform extends Stage implements RowStream {
  headers: readonly Header[] | undefined
  abstract readonly metaData: MetaData | undefined

  protected announce(headers: readonly Header[]): void {
    this.headers = headers
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
