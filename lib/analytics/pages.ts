import { addAbortSignal, pipeline, Readable } from 'node:stream'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import type { BodyStream } from '../http/body-stream.ts'
import { parseRows } from '../transforms/parse-rows.ts'
import type { RowStream, TransformTo } from '../transforms/row-stream.ts'
import { PageSequence } from './page-sequence.ts'
import type { PagedList } from './paging.ts'

/** A page under way. */
interface Page {
  readonly body: BodyStream
  readonly rows: TransformTo<Row>
}

/**
 * The rows of all pages as one row stream.
 *
 * While a page is read the next one is asked for, as soon as it is certain that there is one, and no further: of that
 * page no more is held than the buffers of its body and its parser take. The stream fails where a page does.
 */
export class PagedRows extends Readable implements RowStream {
  headers: readonly Header[] | undefined
  metaData: MetaData | undefined
  readonly #sequence: PageSequence
  readonly #bodyOf: (page: number) => BodyStream
  #page: Page
  #next: Page | undefined
  #begun = false
  #wanted = false

  /** `bodyOf` sends no request yet. */
  constructor(list: PagedList, bodyOf: (page: number) => BodyStream, signal: AbortSignal | undefined) {
    super({ objectMode: true })
    this.#sequence = new PageSequence(list)
    this.#bodyOf = bodyOf
    this.#page = this.#open(1)
    // Pages hear it too, but when all is parsed there may be none to hear it.
    if (signal) addAbortSignal(signal, this)
  }

  override _read(): void {
    this.#wanted = true
    this.#guard(() => this.#pump())
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#page.rows.destroy()
    this.#next?.rows.destroy()
    callback(error)
  }

  #open(number: number): Page {
    const body = this.#bodyOf(number)
    const rows = parseRows()
    const page = { body, rows }
    // Whatever goes wrong destroys the parser with it, which is where it is listened to.
    pipeline(body, rows, () => undefined)
    const ifCurrent = (action: () => void) => () => {
      if (page === this.#page && !this.destroyed) this.#guard(action)
    }
    rows.on(
      'readable',
      ifCurrent(() => this.#pump()),
    )
    rows.on(
      'end',
      ifCurrent(() => this.#turn(page)),
    )
    // The next page's failure waits for its turn.
    rows.on(
      'error',
      ifCurrent(() => this.#pump()),
    )
    return page
  }

  #pump(): void {
    const { body, rows } = this.#page
    if (rows.errored) {
      this.destroy(rows.errored)
      return
    }
    if (!this.#begun) {
      if (!rows.headers) return
      this.#begun = true
      this.#sequence.begin(rows.headers, rows.metaData, body.request)
      this.#announce(rows.headers)
    }
    while (this.#wanted && !this.destroyed) {
      const row = rows.read() as Row | null
      if (row === null) return
      this.#sequence.add(row)
      if (!this.#next && this.#sequence.goesOn) this.#next = this.#open(this.#sequence.page + 1)
      this.#wanted = this.push(row)
    }
  }

  #turn({ rows }: Page): void {
    const goesOn = this.#sequence.end(rows.metaData)
    this.metaData = this.#sequence.metaData
    if (!goesOn) {
      this.#next?.rows.destroy()
      this.push(null)
      return
    }
    this.#page = this.#next ?? this.#open(this.#sequence.page)
    this.#next = undefined
    this.#begun = false
    this.#pump()
  }

  #announce(headers: readonly Header[]): void {
    this.metaData = this.#sequence.metaData
    if (this.headers) return
    this.headers = headers
    this.emit('headers', headers)
  }

  /** What is thrown here is thrown at nobody: it happens in an event of a page's. */
  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.destroy(error as Error)
    }
  }
}
