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

  /** Once this returns, whoever reads a file has the next piece of it read: a microtask later that is under way. */
  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: TransformCallback): void {
    queueMicrotask(() => {
      if (!this.destroyed) super._write(this.written.of(chunk, encoding), encoding, done)
    })
  }

  /** Hands a slice on; whether more is wanted at once. */
  protected abstract hand(slice: Slice): boolean

  protected passOn(slices: Iterator<Slice, void>, done: TransformCallback): void {
    this.pass(slices, (slice) => this.hand(slice), done)
  }

  protected override failureOf(thrown: unknown): Error {
    const { request } = this
    if (request && thrown instanceof Dhis2ClientError) thrown.during(request)
    return failureOf('A listener', thrown)
  }
}
