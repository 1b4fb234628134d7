import type { TransformCallback } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { Dhis2ClientError, type RequestSummary } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import { RowTransform } from './row-transform.ts'
import { type StreamOptions, streamOptions } from './stream-options.ts'
import { Upstream } from './upstream.ts'
import { WrittenBytes } from './written-bytes.ts'

/** Bytes in, what is read of them out: a row stream made a slice of rows, or of objects, at a time. */
export abstract class ParserStream<Slice, T> extends RowTransform<T> {
  metaData: MetaData | undefined
  protected readonly written = new WrittenBytes()
  readonly #upstream: Upstream
  #resume: (() => void) | undefined

  /** `highWaterMark` counts what comes out. */
  constructor(who: string, { highWaterMark, signal }: StreamOptions) {
    super({
      ...streamOptions({ signal }, { readableObjectMode: true, decodeStrings: false }),
      ...(highWaterMark !== undefined && { readableHighWaterMark: highWaterMark }),
    })
    this.#upstream = new Upstream(this, who, 'bytes')
  }

  /** Whose bytes these are, where the stream in front knows. */
  get request(): RequestSummary | undefined {
    return this.#upstream.request
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: TransformCallback): void {
    super._write(this.written.of(chunk, encoding), encoding, done)
  }

  override _read(size: number): void {
    this.goOn()
    // Transform keeps the callback of a chunk that ends in here for the next `_read`: this one.
    super._read(size)
  }

  /** Hands a slice on; whether more is wanted. */
  protected abstract hand(slice: Slice): boolean

  /** A chunk of any size is passed on a slice at a time, as fast as slices are taken. */
  protected pass(slices: Iterator<Slice, void>, done: TransformCallback): void {
    for (;;) {
      let slice: IteratorResult<Slice, void>
      try {
        slice = slices.next()
      } catch (error) {
        const { request } = this
        if (request && error instanceof Dhis2ClientError) error.during(request)
        return done(failureOf('A listener', error))
      }
      if (slice.done) return done()
      if (this.hand(slice.value)) continue
      this.#resume = () => this.pass(slices, done)
      return
    }
  }

  /** More is wanted again. */
  protected goOn(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }
}
