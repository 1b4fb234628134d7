import { type Block, rowsOf } from '../../kernel/block.ts'
import { quoted } from '../../tables/names.ts'
import { StagingFile } from '../staging-file.ts'
import { bound, misfit } from './cell.ts'
import type { BoundCell, Connection } from './connection.ts'
import { ColumnStore, placesOf, StoredCells, type StoredColumn, type TextEncoding } from './stored-cells.ts'
import { TablePages } from './table-pages.ts'
import type { Target, TargetColumn } from './target.ts'

/** As large as SQLite has them: it asks for one after the other. */
const pageSize = 65_536
/** How many of them are written at once. */
const pagesAtOnce = 16

/** Of all stages of this process, so that two on one connection are two. */
let made = 0

/**
 * The rows of a load: while they come in a file, which locks nothing of the database, and when the last has come in a
 * temporary table of the connection, whose rowid is the number of the row. The file is a database of SQLite, so that this
 * copies rows as they lie there. To bind them to statements takes twice as long and more, with node-sqlite3-wasm.
 */
export class Stage {
  /** In SQL. */
  readonly sql: string
  /** A further table, for what has to be remembered of its rows. */
  readonly list: string
  readonly #name: string
  readonly #connection: Connection
  readonly #target: Target
  readonly #encoding: TextEncoding
  readonly #makers: readonly ((cell: unknown) => BoundCell | undefined)[]
  readonly #stores: readonly ColumnStore[]
  /** Of rows that come one by one. */
  readonly #batch: readonly StoredCells[]
  readonly #pages = new TablePages(pageSize)
  readonly #file = new StagingFile('sqlite')
  #isAttached = false

  constructor(connection: Connection, target: Target) {
    const { columns, isStrict } = target
    this.#connection = connection
    this.#target = target
    this.#name = quoted(`dhis2-analytics-stream ${++made}`)
    this.sql = `temp.${this.#name}`
    this.list = `temp.${quoted(`dhis2-analytics-stream ${made} list`)}`
    // Of all databases on a connection. One that knows UTF-8 alone says nothing.
    const [said] = connection.all('PRAGMA encoding')
    const encoding = (said?.['encoding'] ?? 'UTF-8') as TextEncoding
    this.#encoding = encoding
    const storings = columns.map(({ stageType }) => ({ encoding, isReal: stageType === 'REAL' }))
    this.#makers = columns.map((column) => bound(column, isStrict))
    this.#stores = columns.map(
      (column, at) => new ColumnStore((cell) => this.#make(column, at, cell, 0), storings[at]!),
    )
    this.#batch = storings.map((storing) => new StoredCells(storing))
    this.#file.open()
  }

  /** @throws RowError for a cell that does not fit. */
  writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): Promise<void> {
    const { columns } = this.#target
    for (const cells of this.#batch) cells.clear()
    for (const [i, row] of rows.entries()) {
      for (let at = 0; at < columns.length; at++) {
        this.#batch[at]!.add(this.#make(columns[at]!, at, row[at], rowNumber + i))
      }
    }
    const places = placesOf(rows.length)
    return this.#write(
      this.#batch.map((cells) => ({ cells, places })),
      rows.length,
    )
  }

  /** The same of rows a column at a time, where a cell that comes again is made once. */
  writeBlock(block: Block, rowNumber: number): Promise<void> {
    let columns: StoredColumn[]
    try {
      columns = block.columns.map((column, at) => this.#stores[at]!.of(column))
    } catch {
      // Row by row it is known which one it was.
      return this.writeRows(rowsOf(block), rowNumber)
    }
    return this.#write(columns, block.rowCount)
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    const first = this.#pages.end(
      this.#createSql('rows', (at) => `c${at}`),
      this.#encoding,
    )
    await this.#writePages()
    await this.#file.overwrite(first)
    this.#file.close()
  }

  /** Takes the rows into the table. The connection must be in no transaction, in which the file could not be let go of. */
  fill(): void {
    const connection = this.#connection
    this.drop()
    connection.run(`ATTACH ? AS ${this.#name}`, [this.#file.path])
    this.#isAttached = true
    const { columns } = this.#target
    connection.exec(this.#createSql(this.sql, (at) => columns[at]!.sql))
    connection.exec(`INSERT INTO ${this.sql} SELECT * FROM ${this.#name}.rows`)
    this.#detach()
  }

  /** Rows are found by their keys from now on. */
  index(): void {
    const keys = this.#target.columns.flatMap(({ isKey, sql }) => (isKey ? [sql] : []))
    const name = quoted(`${this.#name.slice(1, -1)} key`)
    this.#connection.exec(`CREATE INDEX temp.${name} ON ${this.#name} (${keys.join(', ')})`)
  }

  drop(): void {
    this.#connection.exec(`DROP TABLE IF EXISTS ${this.sql}`)
    this.#detach()
  }

  /** Removes the file. */
  remove(): Promise<void> {
    return this.#file.remove()
  }

  async #write(columns: readonly StoredColumn[], rowCount: number): Promise<void> {
    this.#pages.addRows(columns, rowCount)
    if (this.#pages.waiting >= pagesAtOnce) await this.#writePages()
  }

  #writePages(): Promise<void> {
    return this.#file.write([Buffer.concat(this.#pages.take())])
  }

  #detach(): void {
    if (this.#isAttached) this.#connection.exec(`DETACH ${this.#name}`)
    this.#isAttached = false
  }

  #make(column: TargetColumn, at: number, cell: unknown, rowNumber: number): BoundCell {
    const value = this.#makers[at]!(cell)
    if (value !== undefined && (value !== null || !column.isRequired)) return value
    throw misfit(column, cell, value, rowNumber)
  }

  #createSql(table: string, nameOf: (at: number) => string): string {
    const { columns, isStrict } = this.#target
    const list = columns.map(({ stageType }, at) => `${nameOf(at)} ${stageType}`)
    return `CREATE TABLE ${table} (${list.join(', ')})${isStrict ? ' STRICT' : ''}`
  }
}
