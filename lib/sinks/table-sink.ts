import { addAbortSignal, Writable } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { QueryError } from '../errors.ts'
import type { Taker } from '../json/taker.ts'
import { type Block, rowsOf } from '../kernel/block.ts'
import { type Columns, columnsOf, nameless } from '../rows/columns.ts'
import { noBatches } from '../rows/misplaced.ts'
import { isBlock, type Part, Slice } from '../rows/slices.ts'
import { Upstream } from '../rows/upstream.ts'
import { checkColumns, columnsOfHeaders, columnsOfObject, type TableColumn } from '../tables/columns.ts'
import { coveredBy } from '../tables/covered.ts'
import { checkColumnNames, type Dialect, tableNames } from '../tables/names.ts'
import type { TableOptions, TableSlice } from '../tables/options.ts'
import type { RowSink } from './sink.ts'

/** Rows that come one by one are written so many at a time. */
const batchSize = 1000

/** What became of the rows of a table. */
export interface TableCounts {
  readonly inserted: number
  /** Rows with a known key, of which a cell has changed. */
  readonly updated: number
  readonly deleted: number
  /** Rows that came and were there already, cell by cell. */
  readonly unchanged: number
}

/** A sink whose rows end in a table: all of them, or as if there had never been one. */
export interface TableRowSink extends RowSink {
  /** How many rows it has written so far. They are there, for anyone, from `finish` on. */
  readonly rowCount: number
  /** All 0 until `finish`. */
  readonly counts: TableCounts
}

/**
 * One load into one table of one database: `open`, then writes, then `settle` and `commit`. Each is waited for before the
 * next; `rollBack` may come at any time from `open` on, also while another is under way, but not after `commit` began.
 *
 * Whatever is thrown fails the sink. What a user can put right is a QueryError, a value that does not fit a RowError.
 */
export interface TableDriver {
  readonly dialect: Dialect
  /** Makes of the bytes of JSON what `writeTaken` takes, where the rows are read right in front of the sink. */
  readonly taker?: Taker<unknown> | undefined
  /** Opens a transaction. Finds the table, or makes it, and checks it against these columns. */
  open(columns: readonly TableColumn[]): Promise<void> | void
  /** Cells in the order of the columns. `rowNumber` is that of the first row, from 1. */
  writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): Promise<void> | void
  /** The same of rows a column at a time. Where there is no such thing they come as rows. */
  writeBlock?(block: Block, rowNumber: number): Promise<void> | void
  writeTaken?(taken: unknown, rowNumber: number, rowCount: number): Promise<void> | void
  /** How many rows the table has. Asked where the answer has none, in place of more writes. */
  size(): Promise<number> | number
  /** Does what the mode says with `rowCount` rows, all but to commit it. `slice` is there for `replace-slice`. */
  settle(rowCount: number, slice: TableSlice | undefined): Promise<TableCounts> | TableCounts
  /** Commits, and lets go of what it held, also where that fails. */
  commit(): Promise<void> | void
  /** Leaves the table as it was, and lets go of what it held, whatever happened. */
  rollBack(): Promise<void> | void
}

/**
 * Rows or objects in, a table that has taken all of them, or none. It opens nothing before the first row or the end:
 * DHIS2 may be silent for half an hour.
 */
export class TableSink extends Writable implements TableRowSink {
  rowCount = 0
  counts: TableCounts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  readonly #who: string
  readonly #options: TableOptions
  readonly #driver: TableDriver
  readonly #upstream: Upstream
  #columns: readonly TableColumn[] = []
  #rows: Columns | undefined
  /** Of rows that come one by one, in the order of the columns. */
  #batch: (readonly unknown[])[] = []
  #received = 0
  #isOpen = false
  #isCommitting = false
  /** Nothing is left to be rolled back. */
  #isDone = false

  /** The options are checked already. @throws QueryError for what is no name of a table. */
  constructor(who: string, options: TableOptions, driver: TableDriver) {
    super({ objectMode: true, highWaterMark: options.highWaterMark ?? batchSize })
    tableNames(who, options.table, driver.dialect)
    this.#who = who
    this.#options = options
    this.#driver = driver
    this.#upstream = new Upstream(this, who, 'rows', { taker: driver.taker, parts: 'objects' })
    // Not at once: what is destroyed already a pipeline of Node 24 refuses, and nobody hears the AbortError.
    if (options.signal) process.nextTick(addAbortSignal, options.signal, this)
  }

  override _write(row: unknown, _: BufferEncoding, done: Done): void {
    if (row instanceof Slice) return this.#run(() => this.#writeSlice(row), done)
    if (!this.#rows || this.#batch.length + 1 >= batchSize) return this.#run(() => this.#writeRow(row), done)
    try {
      this.#take(row)
    } catch (error) {
      return done(failureOf('A getter', error))
    }
    done()
  }

  override _final(done: Done): void {
    this.#run(() => this.#end(), done)
  }

  /** Between a COMMIT and its answer nothing can be taken back: it ends as that says. */
  override destroy(error?: Error): this {
    return this.#isCommitting ? this : super.destroy(error)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isOpen || this.#isDone) return done(error)
    Promise.resolve(this.#driver.rollBack()).then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    )
  }

  #run(work: () => Promise<void>, done: Done): void {
    work().then(
      () => done(),
      (error: unknown) => done(failureOf(this.#who, error)),
    )
  }

  async #writeRow(row: unknown): Promise<void> {
    await this.#begin(row)
    this.#take(row)
    if (this.#batch.length >= batchSize) await this.#flush()
  }

  #take(row: unknown): void {
    this.#batch.push(this.#rows!.cellsOf(row, ++this.#received))
  }

  async #writeSlice({ value, rowCount }: Slice): Promise<void> {
    await this.#begin(undefined)
    await this.#flush()
    if (!Array.isArray(value)) {
      await this.#driver.writeTaken!(value, this.rowCount + 1, rowCount - this.rowCount)
      this.rowCount = rowCount
      this.#received = rowCount
      return
    }
    for (const part of value as readonly Part[]) await this.#writePart(part)
  }

  async #writePart(part: Part): Promise<void> {
    const driver = this.#driver
    const block = isBlock(part) ? this.#rows!.pick(part) : undefined
    if (block && driver.writeBlock) {
      await driver.writeBlock(block, this.rowCount + 1)
      this.rowCount += block.rowCount
      this.#received = this.rowCount
      return
    }
    for (const row of block ? rowsOf(block) : (part as readonly unknown[])) this.#take(row)
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    await this.#driver.writeRows(batch, this.rowCount + 1)
    this.rowCount += batch.length
  }

  async #begin(first: unknown): Promise<void> {
    if (this.#rows) return
    const who = this.#who
    const { headers, gives, metaData } = this.#upstream
    if (gives === 'batches') throw noBatches(who)
    const rows = columnsOf(who, headers, undefined, first, gives === 'records')
    const { key } = this.#options
    const columns = headers ? columnsOfHeaders(headers, key) : columnsOfObject(this.#exampleOf(first), key)
    checkColumns(who, columns, this.#options)
    checkColumnNames(who, columns, this.#driver.dialect)
    this.#columns = columns
    // Whoever can know it by now is told before all of it has come.
    if (metaData) this.#slice()
    this.#isOpen = true
    await this.#driver.open(columns)
    this.#rows = rows ?? nameless(first)
  }

  /** An object with the columns, where there are no headers. Where nothing came, those of the key are enough to delete by. */
  #exampleOf(first: unknown): object {
    const { key = [], slice = {}, create } = this.#options
    const names = [...key, ...Object.keys(slice)]
    if (first === undefined && names.length > 0 && !create) {
      return Object.fromEntries(names.map((name) => [name, '']))
    }
    if (first === undefined || Array.isArray(first)) throw unknownColumns(this.#who)
    return first as object
  }

  async #end(): Promise<void> {
    const { mode = 'append', create } = this.#options
    // Of an answer of which nothing is known, nothing can be made.
    if (!this.#rows && !this.#upstream.headers && (mode === 'append' || mode === 'upsert') && !create) return
    await this.#begin(undefined)
    await this.#flush()
    if (this.rowCount === 0 && mode === 'replace') await this.#refuseEmpty()
    const counts = await this.#driver.settle(this.rowCount, this.#slice())
    if (this.destroyed) return
    this.#isCommitting = true
    this.#isDone = true
    try {
      await this.#driver.commit()
      this.counts = counts
    } finally {
      this.#isCommitting = false
    }
  }

  /** What `replace-slice` replaces. */
  #slice(): TableSlice | undefined {
    const { mode, slice } = this.#options
    if (mode !== 'replace-slice') return undefined
    return slice ?? coveredBy(this.#who, this.#columns, this.#upstream.metaData)
  }

  async #refuseEmpty(): Promise<void> {
    if (this.#options.allowEmpty) return
    const size = await this.#driver.size()
    if (size === 0) return
    throw new QueryError(
      `${this.#who}: the answer has no rows, and would empty ${this.#options.table} of its ${size}; ` +
        'say allowEmpty: true where that is right',
    )
  }
}

type Done = (error?: Error | null) => void

function unknownColumns(who: string): QueryError {
  return new QueryError(
    `${who}: the columns are not known, because the stage in front announces no headers; ` +
      'pipe a row stream in directly, announce them with mapRows(fn, { headers }), or make objects of the rows',
  )
}
