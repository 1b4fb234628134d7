import type { Duplex, Readable, Transform } from 'node:stream'
import type { Header, MetaData, Row } from '../grid/grid.ts'

/**
 * A stream of rows that says what its columns are: it emits `'headers'` once, before its first row and also
 * when there are none, and from then on carries `headers` and `metaData`.
 */
export interface RowStream<T = Row> extends Readable, Rows<T> {
  [Symbol.asyncIterator](): Items<T>
  toArray(options?: { signal?: AbortSignal }): Promise<T[]>
}

/** What `for await` gets. Not Node's own type for it, which differs between the versions of its types. */
export interface Items<T> extends AsyncIterator<T>, AsyncDisposable {
  [Symbol.asyncIterator](): Items<T>
}

/** What a row stream tells, and what can be made of it. */
export interface Rows<T> {
  readonly headers: readonly Header[] | undefined
  /** Undefined until known, which for a body that sends it behind its rows is at the end. */
  readonly metaData: MetaData | undefined
  /** How many rows there were so far; of batches, the rows in them. */
  readonly rowCount: number
  /**
   * The rows behind these stages, as one stream: it announces its headers, fails with the first error of any of them,
   * and ends all of them when it is destroyed or a `for await` is left. Nothing moves before it is read.
   *
   * ```ts
   * for await (const row of rows.through(castCells(), toObjects())) …
   * ```
   *
   * Stages are transforms of this package or of others, and async generators.
   */
  readonly through: Through<T>
}

/**
 * A transform that says what comes out: what `for await`, `toArray` and the next stage of a `pipeline` prepared; and, where
 * it matters, what goes in.
 *
 * The call signatures are there for the compiler alone, there is nothing to call. The types of `pipeline` take every
 * stream for one of `string | Buffer`; what comes out of a stage they only learn of one that looks like a function. It
 * fits behind anything; the last signature is where `through` finds what it passes on.
 */
export interface TransformTo<Out, In = unknown> extends Transform, Rows<Out> {
  (source: unknown): AsyncIterable<Out>
  (source: AsyncIterable<In>): AsyncIterable<Out>
  [Symbol.asyncIterator](): Items<Out>
  toArray(options?: { signal?: AbortSignal }): Promise<Out[]>
}

/** The same, of one that makes bytes. */
export interface TransformToBytes extends Transform {
  (source: AsyncIterable<unknown>): AsyncIterable<Buffer>
  /** How many rows went in so far. */
  readonly rowCount: number
  /** How many bytes came out so far. */
  readonly byteCount: number
  [Symbol.asyncIterator](): Items<Buffer>
  toArray(options?: { signal?: AbortSignal }): Promise<Buffer[]>
}

/** What may stand in a chain: a transform, or an async generator. */
type Link<In, Out> = ((source: AsyncIterable<In>) => AsyncIterable<Out>) | Duplex

/** What a chain gives: rows, or whatever its last stage makes of them; or bytes. */
type Chained<T> = [T] extends [Uint8Array] ? Readable & AsyncIterable<Buffer> : RowStream<T>

/** Stages one behind the other, each typed by the one before. */
export interface Through<T> {
  <A>(a: Link<T, A>): Chained<A>
  <A, B>(a: Link<T, A>, b: Link<A, B>): Chained<B>
  <A, B, C>(a: Link<T, A>, b: Link<A, B>, c: Link<B, C>): Chained<C>
  <A, B, C, D>(a: Link<T, A>, b: Link<A, B>, c: Link<B, C>, d: Link<C, D>): Chained<D>
  <A, B, C, D, E>(a: Link<T, A>, b: Link<A, B>, c: Link<B, C>, d: Link<C, D>, e: Link<D, E>): Chained<E>
  <A, B, C, D, E, F>(
    a: Link<T, A>,
    b: Link<A, B>,
    c: Link<B, C>,
    d: Link<C, D>,
    e: Link<D, E>,
    f: Link<E, F>,
  ): Chained<F>
  <A, B, C, D, E, F, G>(
    a: Link<T, A>,
    b: Link<A, B>,
    c: Link<B, C>,
    d: Link<C, D>,
    e: Link<D, E>,
    f: Link<E, F>,
    g: Link<F, G>,
  ): Chained<G>
  <A, B, C, D, E, F, G, H>(
    a: Link<T, A>,
    b: Link<A, B>,
    c: Link<B, C>,
    d: Link<C, D>,
    e: Link<D, E>,
    f: Link<E, F>,
    g: Link<F, G>,
    h: Link<G, H>,
  ): Chained<H>
}
