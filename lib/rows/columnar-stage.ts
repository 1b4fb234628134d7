import type { TransformCallback } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { QueryError, type RequestSummary } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import type { Block } from '../kernel/block.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { type Columns, columnsOf } from './columns.ts'
import { type Eager, EagerTaker } from './eager-taker.ts'
import { noBatches } from './misplaced.ts'
import { isBlock, type Part, Slice } from './slices.ts'
import { Stage } from './stage.ts'
import { bytesOfRows, type StreamOptions } from './stream-options.ts'
import { Upstream } from './upstream.ts'

/** What makes bytes of rows, a column at a time. */
export interface ColumnarWriter {
  /** For each column whether it takes the numbers of cells. */
  readonly numeric: readonly boolean[]
  addBlock(block: Block): void
  addRow(cells: readonly unknown[]): void
  /** The bytes that were made since the last call. */
  take(): readonly Buffer[]
  /** Writes what is left, and the end. */
  end(): void
}

/** What is known of the rows before they come. */
export interface ColumnarStart {
  /** Announced ones; of objects nobody announced their keys. */
  readonly headers: readonly Header[]
  readonly isAnnounced: boolean
  readonly metaData: MetaData | undefined
  readonly request: RequestSummary | undefined
}

/** A stage that writes rows or objects as the bytes of a format in columns. */
export class ColumnarStage extends Stage {
  readonly [gives]: Gives = 'bytes'
  rowCount = 0
  byteCount = 0
  readonly #who: string
  readonly #upstream: Upstream
  readonly #create: (start: ColumnarStart) => Promise<ColumnarWriter>
  #columns: Columns | undefined
  #writer: ColumnarWriter | undefined
  #eager: Eager | undefined
  /** What went wrong with rows that were taken before their slice came. */
  #failure: { readonly thrown: unknown } | undefined

  /** `create` is called before the first row, or where there is none at the end, and may load what it takes. */
  constructor(
    who: string,
    options: StreamOptions,
    create: (start: ColumnarStart) => Promise<ColumnarWriter>,
  ) {
    super(bytesOfRows(options))
    this.#who = who
    this.#create = create
    // What waits to be written goes first.
    const taker = new EagerTaker(() => (this.writableLength === 0 ? this.#eager : undefined))
    this.#upstream = new Upstream(this, who, 'rows', { taker, parts: 'objects' })
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    const isSlice = row instanceof Slice
    this.#write(isSlice ? undefined : row, done, (writer) => {
      if (isSlice) for (const part of row.value as readonly Part[]) this.#addPart(writer, part)
      else this.#addRow(writer, row)
    })
  }

  override _flush(done: TransformCallback): void {
    this.#write(undefined, done, (writer) => {
      this.#columns!.end()
      writer.end()
    })
  }

  /** Has the writer write something, and hands on what that makes. */
  #write(first: unknown, done: TransformCallback, add: (writer: ColumnarWriter) => void): void {
    const write = (writer: ColumnarWriter) => {
      try {
        if (this.#failure) throw this.#failure.thrown
        add(writer)
        this.#hand(writer)
      } catch (error) {
        return done(failureOf('A getter', error))
      }
      done()
    }
    if (this.#writer) write(this.#writer)
    else this.#begin(first).then(write, (error: unknown) => done(failureOf('A getter', error)))
  }

  #addPart(writer: ColumnarWriter, part: Part): void {
    if (isBlock(part)) {
      this.rowCount += part.rowCount
      writer.addBlock(part)
    } else for (const row of part) this.#addRow(writer, row)
  }

  #addRow(writer: ColumnarWriter, row: unknown): void {
    this.rowCount += 1
    writer.addRow(this.#columns!.cellsOf(row, this.rowCount))
  }

  #hand(writer: ColumnarWriter): void {
    for (const bytes of writer.take()) {
      this.byteCount += bytes.length
      this.push(bytes)
    }
  }

  async #begin(first: unknown): Promise<ColumnarWriter> {
    const { headers, metaData, request, gives: given } = this.#upstream
    if (given === 'batches') throw noBatches(this.#who)
    this.#columns = columnsOf(this.#who, headers, undefined, first, given === 'records')
    if (!this.#columns) {
      throw new QueryError(
        `${this.#who}: the columns are not known, because the stage in front announces no headers; announce them with ` +
          'mapRows(fn, { headers })',
      )
    }
    const isAnnounced = headers !== undefined
    const named = headers ?? this.#columns.names.map((name) => ({ name }))
    const writer = await this.#create({ headers: named, isAnnounced, metaData, request })
    this.#writer = writer
    this.#eager = { numeric: writer.numeric, addPart: (part) => this.#take(writer, part) }
    return writer
  }

  #take(writer: ColumnarWriter, part: Part): void {
    if (this.#failure) return
    try {
      this.#addPart(writer, part)
    } catch (thrown) {
      this.#failure = { thrown }
    }
  }
}
