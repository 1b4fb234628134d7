import type { Transform, TransformCallback } from 'node:stream'
import { z } from 'zod'
import { failureOf, isPromise } from '../checks/callback.ts'
import { functionSchema, type Shape, validate } from '../checks/validate.ts'
import type { RequestSummary } from '../errors.ts'
import { Stage } from '../rows/stage.ts'
import { type StreamOptions, streamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { Upstream } from '../rows/upstream.ts'
import { WrittenBytes } from '../rows/written-bytes.ts'
import { type Gives, gives } from '../streams/gives.ts'

/** How far a transfer has come, in bytes. */
export interface Progress {
  readonly transferredBytes: number
  /** Where it is known: directly behind an uncompressed response that announced its length. */
  readonly totalBytes?: number
  /** True in the last report, which comes once, and only when all bytes have passed. */
  readonly done: boolean
}

export interface CountBytesOptions extends StreamOptions {
  /** A promise it returns is waited for, and the bytes with it. */
  onProgress?: ((progress: Progress) => void) | undefined
  /** The least time between two reports, in milliseconds; the last one comes regardless. Default 100. */
  intervalMs?: number | undefined
  /** How many bytes will come, where you know better. */
  totalBytes?: number | undefined
}

/** A transform that passes bytes on unchanged and counts them. */
export interface ByteCounter extends Transform {
  (source: unknown): AsyncIterable<Buffer>
  readonly transferredBytes: number
}

const schema = z.strictObject({
  ...streamOptionsShape,
  onProgress: functionSchema<(progress: Progress) => void>().optional(),
  intervalMs: z.number().min(0).optional(),
  totalBytes: z.number().min(0).optional(),
} satisfies Shape<CountBytesOptions>)

/**
 * Bytes in, the same bytes out, counted on the way; `onProgress` is told, at most once per `intervalMs` and once
 * at the end, also of an empty body. What `onProgress` throws, or rejects with, fails the stream; in place of
 * a falsy value, an Error that says so.
 */
export function countBytes(options: CountBytesOptions = {}): ByteCounter {
  return new Counter(validate(schema, options, 'countBytes')) as unknown as ByteCounter
}

class Counter extends Stage {
  readonly [gives]: Gives = 'bytes'
  transferredBytes = 0
  readonly #options: CountBytesOptions
  readonly #upstream: Upstream
  readonly #written = new WrittenBytes()
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(options: CountBytesOptions) {
    super(streamOptions(options, { decodeStrings: false }))
    this.#options = options
    this.#upstream = new Upstream(this, 'countBytes', 'bytes')
  }

  /** Whose bytes these are, for the errors of the stages behind. */
  get request(): RequestSummary | undefined {
    return this.#upstream.request
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: TransformCallback): void {
    super._write(this.#written.of(chunk, encoding), encoding, done)
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.transferredBytes += chunk.length
    const now = performance.now()
    if (now - this.#reportedAt < (this.#options.intervalMs ?? 100)) return done(null, chunk)
    this.#reportedAt = now
    this.#report(false, (error) => done(error, chunk))
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#written.rest()
    this.transferredBytes += rest.length
    this.push(rest)
    this.#report(true, done)
  }

  #report(done: boolean, callback: (error?: Error) => void): void {
    const totalBytes = this.#options.totalBytes ?? this.#upstream.contentLength
    const fail = (thrown: unknown) => callback(failureOf('onProgress', thrown))
    let returned: unknown
    try {
      returned = this.#options.onProgress?.({
        transferredBytes: this.transferredBytes,
        ...(totalBytes !== undefined && { totalBytes }),
        done,
      })
    } catch (error) {
      return fail(error)
    }
    if (isPromise(returned)) Promise.resolve(returned).then(() => callback(), fail)
    else callback()
  }
}
