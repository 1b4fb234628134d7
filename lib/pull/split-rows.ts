import { addAbortSignal, Readable } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { Dhis2ClientError, type RequestSummary } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { mergeMetaData } from '../grid/merge-meta-data.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import type { Target } from '../query/query.ts'
import { beginsForHeaders } from '../rows/headers-wanted.ts'
import type { RowStream } from '../rows/row-stream.ts'
import { throughFrom } from '../rows/row-transform.ts'
import { endingWell } from '../streams/ending.ts'
import { type Gives, gives } from '../streams/gives.ts'
import type { OpenStore } from './store.ts'

/** Cells of a piece at most: it is held in memory until all of it is there. */
const mostCells = 50_000

export interface SplitRowsOptions {
  /** What is asked for, for error messages. */
  readonly request: RequestSummary
  /** Waited for before the end, where nothing had a row. */
  readonly onEmpty: () => Promise<void>
}

/**
 * The rows of a question that is asked in pieces, as one row stream, in no order among the pieces. Nothing is sent before
 * the first read. Pieces are asked for beside each other, and each is held until it is whole, so that what fails can be
 * asked for again or cut; a piece that can't be had fails the stream.
 */
export class SplitRows extends endingWell(Readable) implements RowStream {
  readonly [gives]: Gives = 'rows'
  readonly through = throughFrom<Row>(this)
  headers: readonly Header[] | undefined
  metaData: MetaData | undefined
  rowCount = 0
  readonly request: RequestSummary
  readonly #server: Server
  readonly #target: Target
  readonly #call: CallOptions
  readonly #onEmpty: () => Promise<void>
  readonly #abort = new AbortController()
  #hasBegun = false
  #goOn: (() => void) | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(target: Target, server: Server, call: CallOptions, { request, onEmpty }: SplitRowsOptions) {
    super({ objectMode: true })
    this.request = request
    this.#target = target
    this.#server = server
    this.#call = call
    this.#onEmpty = onEmpty
    if (call.signal) addAbortSignal(call.signal, this)
    beginsForHeaders(this)
  }

  override _read(): void {
    this.#goOn?.()
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#run().catch((thrown: unknown) => {
      const error = failureOf('A listener of this stream', thrown)
      this.destroy(error instanceof Dhis2ClientError ? error.during(this.request) : error)
    })
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#abort.abort(error ?? new Error('The rows are not wanted any more'))
    callback(error)
  }

  async #run(): Promise<void> {
    // Loaded for those who split.
    const [{ planPull }, { runInMemory }] = await Promise.all([
      import('./plan-pull.ts'),
      import('./run/in-memory.ts'),
    ])
    const { signal } = this.#abort
    const call = { ...this.#call, signal }
    const { plan } = await planPull(this.#server, this.#target, call, { cells: mostCells })
    await runInMemory(this.#server, plan, call, mostCells, (_, rows, factsOf) => this.#take(rows, factsOf))
    if (this.destroyed) return
    if (!this.headers) this.#announce([])
    if (this.rowCount === 0) await this.#onEmpty()
    this.push(null)
  }

  readonly #take = async (
    rows: RowStream,
    factsOf: Parameters<OpenStore['write']>[2],
  ): ReturnType<OpenStore['write']> => {
    const held = await rows.toArray()
    const facts = factsOf()
    // One piece behind the other, each beside what follows on the wire.
    this.#turn = this.#turn.then(() => this.#hand(rows, held))
    await this.#turn
    return facts
  }

  async #hand({ headers = [], metaData }: RowStream, rows: readonly Row[]): Promise<void> {
    if (metaData) this.metaData = mergeMetaData(this.metaData, metaData)
    if (!this.headers && headers.length) this.#announce(headers)
    for (const row of rows) {
      if (this.destroyed) return
      this.rowCount += 1
      if (!this.push(row)) await this.#wanted()
    }
  }

  #announce(headers: readonly Header[]): void {
    this.headers = headers
    this.emit('headers', headers)
  }

  /** Or destroyed: then nothing more is handed on. */
  #wanted(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        this.#goOn = undefined
        this.#abort.signal.removeEventListener('abort', go)
        resolve()
      }
      this.#goOn = go
      this.#abort.signal.addEventListener('abort', go)
    })
  }
}
