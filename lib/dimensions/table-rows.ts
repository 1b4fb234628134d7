import { addAbortSignal, Readable } from 'node:stream'
import { Asker } from '../asking/asker.ts'
import { MetadataLists } from '../asking/metadata-lists.ts'
import { failureOf } from '../checks/callback.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { beginsForHeaders } from '../rows/headers-wanted.ts'
import type { RowStream } from '../rows/row-stream.ts'
import { throughFrom } from '../rows/row-transform.ts'
import { endingWell } from '../streams/ending.ts'
import { type Gives, gives } from '../streams/gives.ts'

/** A table that is asked for: its columns, and its rows as they come. */
export interface Table {
  readonly headers: readonly Header[]
  readonly rows: AsyncIterator<Row, void> | Iterator<Row, void>
}

/** The rows of a table as a row stream. Nothing is asked before the first read, and no page before it is wanted. */
export class TableRows extends endingWell(Readable) implements RowStream {
  readonly [gives]: Gives = 'rows'
  readonly through = throughFrom<Row>(this)
  headers: readonly Header[] | undefined
  /** Nothing: a table has no items but its rows. */
  readonly metaData: MetaData = {}
  rowCount = 0
  readonly #make: (lists: MetadataLists) => Table | Promise<Table>
  readonly #lists: MetadataLists
  readonly #abort = new AbortController()
  #rows: Table['rows'] | undefined
  #isBusy = false

  constructor(server: Server, call: CallOptions, make: (lists: MetadataLists) => Table | Promise<Table>) {
    super({ objectMode: true })
    this.#make = make
    this.#lists = new MetadataLists(new Asker(server, call, this.#abort.signal))
    if (call.signal) addAbortSignal(call.signal, this)
    beginsForHeaders(this)
  }

  override _read(): void {
    if (this.#isBusy) return
    this.#isBusy = true
    this.#go().catch((thrown: unknown) => this.destroy(failureOf('A listener of this stream', thrown)))
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#abort.abort(error ?? new Error('The rows are not wanted any more'))
    callback(error)
  }

  async #go(): Promise<void> {
    this.#rows ??= await this.#begin()
    do {
      const next = await this.#rows.next()
      if (this.destroyed) return
      if (next.done) {
        this.push(null)
        return
      }
      this.rowCount += 1
      this.push(next.value)
    } while (this.readableLength < this.readableHighWaterMark)
    this.#isBusy = false
  }

  async #begin(): Promise<Table['rows']> {
    const { headers, rows } = await this.#make(this.#lists)
    this.headers = headers
    this.emit('headers', headers)
    return rows
  }
}
