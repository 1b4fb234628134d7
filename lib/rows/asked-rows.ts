import { addAbortSignal, Readable } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { Dhis2ClientError, type RequestSummary } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { endingWell } from '../streams/ending.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { beginsForHeaders } from './headers-wanted.ts'
import type { RowStream } from './row-stream.ts'
import { throughFrom } from './row-transform.ts'

/**
 * Rows of more than one answer as one row stream. Nothing is sent before the first read; then it runs by itself, as far as
 * its reader goes along, and ends what it asks for where that leaves.
 */
export abstract class AskedRows extends endingWell(Readable) implements RowStream {
  readonly [gives]: Gives = 'rows'
  readonly through = throughFrom<Row>(this)
  headers: readonly Header[] | undefined
  metaData: MetaData | undefined
  rowCount = 0
  readonly request: RequestSummary
  readonly #abort = new AbortController()
  #hasBegun = false
  #goOn: (() => void) | undefined

  /** `request` is what is asked for, for error messages. */
  constructor(request: RequestSummary, signal: AbortSignal | undefined) {
    super({ objectMode: true })
    this.request = request
    if (signal) addAbortSignal(signal, this)
    beginsForHeaders(this)
  }

  /** Hands on all rows, and resolves behind the last. What it rejects with is what the stream fails with. */
  protected abstract run(): Promise<void>

  /** Aborted when the stream is destroyed. */
  protected get ending(): AbortSignal {
    return this.#abort.signal
  }

  override _read(): void {
    this.goOn()
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.run().then(
      () => {
        if (!this.destroyed) this.push(null)
      },
      (thrown: unknown) => {
        const error = failureOf('A listener of this stream', thrown)
        this.destroy(error instanceof Dhis2ClientError ? error.during(this.request) : error)
      },
    )
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#abort.abort(error ?? new Error('The rows are not wanted any more'))
    callback(error)
  }

  protected announce(headers: readonly Header[]): void {
    this.headers = headers
    this.emit('headers', headers)
  }

  /** Hands a row on; whether more is wanted at once. */
  protected hand(row: unknown): boolean {
    this.rowCount += 1
    return this.push(row)
  }

  protected goOn(): void {
    this.#goOn?.()
  }

  /** Waits until more is wanted. @throws what the stream was destroyed with, where it is. */
  protected wanted(): Promise<void> {
    const { ending } = this
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        this.#goOn = undefined
        ending.removeEventListener('abort', leave)
        done()
      }
      const leave = () => settle(() => reject(ending.reason))
      if (ending.aborted) return reject(ending.reason)
      this.#goOn = () => settle(resolve)
      ending.addEventListener('abort', leave)
    })
  }
}
