import { addAbortSignal, Writable } from 'node:stream'
import { types } from 'node:util'
import { z } from 'zod'
import { failureOf } from '../checks/callback.ts'
import { functionSchema, type Shape, validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { noBatches, noRow } from '../rows/misplaced.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { Upstream } from '../rows/upstream.ts'
import type { RowSink } from './sink.ts'

/** How long a batch under way is waited for when all is lost. */
const patienceMs = 5000

/** What is known of a batch beside its rows. */
export interface BatchContext {
  /** Of its rows, where the stream in front announces them. */
  readonly headers: readonly Header[] | undefined
  /** Where the stream in front has it by now. */
  readonly metaData: MetaData | undefined
  /** The number of its first row, from 1. */
  readonly rowNumber: number
  /** Aborted where the pipeline fails meanwhile, which then waits 5 seconds at most for the function. */
  readonly signal: AbortSignal
}

const schema = z.strictObject({
  ...streamOptionsShape,
  size: z.int({ error: 'must be a whole number, 1 or more' }).min(1),
  fn: functionSchema(),
} satisfies Shape<StreamOptions & { size: unknown; fn: unknown }>)

/**
 * Rows or objects in, `size` of them at a time to `fn`, the last ones in a smaller batch: a sink for whatever has a call
 * for many rows. A batch is waited for before the next is given, and one is filled meanwhile.
 *
 * ```ts
 * await pipeline(rows.through(toObjects()), eachBatch(1000, async (batch) => await table.insert(batch)))
 * ```
 *
 * `finish` means that `fn` is done with all of them. What it throws, or rejects with, fails the sink, and the pipeline with
 * that very error; in place of a falsy value, an Error that says so.
 */
export function eachBatch<T = Row>(
  size: number,
  fn: (batch: T[], context: BatchContext) => unknown,
  options: StreamOptions = {},
): RowSink {
  validate(schema, { ...options, size, fn }, 'eachBatch')
  return new BatchSink(size, fn as (batch: unknown[], context: BatchContext) => unknown, options)
}

class BatchSink extends Writable implements RowSink {
  rowCount = 0
  readonly #size: number
  readonly #fn: (batch: unknown[], context: BatchContext) => unknown
  readonly #upstream = new Upstream(this, 'eachBatch', 'rows')
  readonly #abort = new AbortController()
  #batch: unknown[] = []
  #underway: Promise<void> | undefined

  constructor(
    size: number,
    fn: (batch: unknown[], context: BatchContext) => unknown,
    { highWaterMark = size, signal }: StreamOptions,
  ) {
    super({ objectMode: true, highWaterMark })
    this.#size = size
    this.#fn = fn
    // Not the option of Writable: a signal that is aborted already would destroy what is not there yet.
    if (signal) addAbortSignal(signal, this)
  }

  override _write(row: unknown, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (ArrayBuffer.isView(row)) return done(noRow('eachBatch', row))
    this.#batch.push(row)
    if (this.#batch.length < this.#size) done()
    else this.#give(done)
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#batch.length) this.#give(done)
    else done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#abort.abort(error ?? undefined)
    if (!this.#underway) return done(error)
    // Whoever closes what the function uses waits for this one to close; but not for one that is stuck.
    const timer = setTimeout(() => done(error), patienceMs)
    this.#underway.then(() => {
      clearTimeout(timer)
      done(error)
    })
  }

  #give(done: (error?: Error | null) => void): void {
    if (this.#upstream.gives === 'batches') return done(noBatches('eachBatch'))
    const batch = this.#batch
    this.#batch = []
    const { headers, metaData } = this.#upstream
    const context = { headers, metaData, rowNumber: this.rowCount + 1, signal: this.#abort.signal }
    this.#underway = this.#call(batch, context).then(
      () => {
        this.#underway = undefined
        this.rowCount += batch.length
        done()
      },
      (thrown: unknown) => {
        this.#underway = undefined
        done(failureOf('The function of eachBatch', thrown))
      },
    )
  }

  async #call(batch: unknown[], context: BatchContext): Promise<void> {
    const returned = await this.#fn(batch, context)
    // Of a generator nothing has run.
    if (types.isGeneratorObject(returned)) {
      throw new QueryError('eachBatch: the function must not be a generator; make it async')
    }
  }
}
