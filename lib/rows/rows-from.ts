import { Readable } from 'node:stream'
import { QueryError } from '../errors.ts'
import type { Grid, Header, MetaData, Row } from '../grid/grid.ts'
import { endingWell } from '../streams/ending.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { beginsForHeaders } from './headers-wanted.ts'
import type { RowStream } from './row-stream.ts'
import { throughFrom } from './row-transform.ts'

/**
 * A row stream of rows that are there already, or of a Grid: `rowsFrom(['dx', 'value'], [['a', 1]])`. The headers are
 * names, or whole ones.
 *
 * @throws QueryError where there are no headers.
 */
export function rowsFrom(grid: Grid): RowStream
export function rowsFrom<T = Row>(
  headers: readonly (string | Header)[],
  rows: Iterable<T> | AsyncIterable<T>,
  metaData?: MetaData,
): RowStream<T>
export function rowsFrom(
  first: Grid | readonly (string | Header)[],
  rows?: Iterable<unknown> | AsyncIterable<unknown>,
  metaData?: MetaData,
): RowStream<unknown> {
  if (isGrid(first))
    return new GivenRows(first.headers, first.rows, first.metaData) as unknown as RowStream<unknown>
  if (!Array.isArray(first) || rows === undefined) {
    throw new QueryError("rowsFrom: takes a Grid, or headers and rows: rowsFrom(['dx', 'value'], [['a', 1]])")
  }
  const headers = first.map((header) => (typeof header === 'string' ? { name: header } : header))
  return new GivenRows(headers, rows, metaData) as unknown as RowStream<unknown>
}

function isGrid(value: unknown): value is Grid {
  return (
    Array.isArray((value as Partial<Grid> | null)?.rows) && Array.isArray((value as Partial<Grid>).headers)
  )
}

class GivenRows extends endingWell(Readable) {
  readonly [gives]: Gives = 'rows'
  readonly headers: readonly Header[]
  readonly metaData: MetaData | undefined
  readonly through = throughFrom<unknown>(this)
  rowCount = 0
  readonly #rows: Iterator<unknown> | AsyncIterator<unknown>
  #announced = false
  #reading = false

  constructor(
    headers: readonly Header[],
    rows: Iterable<unknown> | AsyncIterable<unknown>,
    metaData: MetaData | undefined,
  ) {
    super({ objectMode: true })
    this.headers = headers
    this.metaData = metaData
    beginsForHeaders(this)
    this.#rows = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#fill().then(
      () => {
        this.#reading = false
      },
      (error: unknown) => this.destroy(error as Error),
    )
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // Not waited for: what is asked of it now may never come.
    Promise.resolve(this.#rows.return?.()).catch(() => undefined)
    callback(error)
  }

  async #fill(): Promise<void> {
    if (!this.#announced) {
      this.#announced = true
      this.emit('headers', this.headers)
    }
    for (;;) {
      const next = await this.#rows.next()
      if (this.destroyed) return
      if (next.done) {
        this.push(null)
        return
      }
      this.rowCount += 1
      if (!this.push(next.value)) return
    }
  }
}
