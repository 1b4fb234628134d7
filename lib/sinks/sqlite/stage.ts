import { type Block, type Column, rowsOf } from '../../kernel/block.ts'
import { MappedColumn } from '../../rows/mapped-column.ts'
import { quoted } from '../../tables/names.ts'
import { bound, misfit } from './cell.ts'
import type { BoundCell, Connection, Prepared } from './connection.ts'
import type { Target, TargetColumn } from './target.ts'

/** How many rows a statement takes: with more it is no faster. */
const rowsAtOnce = 100
/** How many values SQLite takes in one. */
const mostValues = 32_766

/** Of all stages of this process, so that two on one connection are two. */
let made = 0

/**
 * The rows of a load, in a temporary table of the connection, which locks nothing of the database while they come. Its
 * rowid is the number of the row.
 */
export class Stage {
  /** In SQL. */
  readonly sql: string
  /** A further table, for what has to be remembered of its rows. */
  readonly list: string
  readonly #name: string
  readonly #connection: Connection
  readonly #columns: readonly TargetColumn[]
  readonly #makers: readonly ((cell: unknown) => BoundCell | undefined)[]
  readonly #mapped: readonly MappedColumn[]
  readonly #rowsAtOnce: number
  readonly #insert: Prepared
  /** Of the rows that are not written yet. */
  #values: BoundCell[] = []

  constructor(connection: Connection, { columns, isStrict }: Target) {
    this.#connection = connection
    this.#columns = columns
    this.#name = quoted(`dhis2-analytics-stream ${++made}`)
    this.sql = `temp.${this.#name}`
    this.list = `temp.${quoted(`dhis2-analytics-stream ${made} list`)}`
    this.#makers = columns.map(bound)
    this.#mapped = columns.map((column, at) => new MappedColumn((cell) => this.#make(column, at, cell, 0)))
    this.#rowsAtOnce = Math.min(rowsAtOnce, Math.floor(mostValues / columns.length))
    const list = columns.map(({ sql, stageType }) => `${sql} ${stageType}`)
    connection.exec(`CREATE TABLE ${this.sql} (${list.join(', ')})${isStrict ? ' STRICT' : ''}`)
    this.#insert = connection.prepare(this.#insertSql(this.#rowsAtOnce))
  }

  /** @throws RowError for a cell that does not fit. */
  writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): void {
    const width = this.#columns.length
    for (const [i, row] of rows.entries()) {
      for (let at = 0; at < width; at++) {
        this.#values.push(this.#make(this.#columns[at]!, at, row[at], rowNumber + i))
      }
      this.#runFull()
    }
  }

  /** The same of rows a column at a time, where a cell that comes again is made once. */
  writeBlock(block: Block, rowNumber: number): void {
    let columns: Column[]
    try {
      columns = block.columns.map((column, at) => this.#mapped[at]!.of(column))
    } catch {
      // Row by row it is known which one it was.
      return this.writeRows(rowsOf(block), rowNumber)
    }
    let row = 0
    while (row < block.rowCount) {
      const waiting = this.#values.length / columns.length
      const end = Math.min(block.rowCount, row + this.#rowsAtOnce - waiting)
      this.#take(columns, row, end)
      this.#runFull()
      row = end
    }
  }

  /** Writes what is left, and resolves to how many rows it has. */
  end(): number {
    const rowCount = this.#values.length / this.#columns.length
    if (rowCount > 0) this.#connection.run(this.#insertSql(rowCount), this.#values)
    this.#values = []
    const [counted] = this.#connection.all(`SELECT count(*) AS size FROM ${this.sql}`)
    return Number(counted!['size'])
  }

  /** Rows are found by their keys from now on. */
  index(): void {
    const keys = this.#columns.flatMap(({ isKey, sql }) => (isKey ? [sql] : []))
    const name = quoted(`${this.#name.slice(1, -1)} key`)
    this.#connection.exec(`CREATE INDEX temp.${name} ON ${this.#name} (${keys.join(', ')})`)
  }

  drop(): void {
    this.#connection.exec(`DROP TABLE IF EXISTS ${this.sql}`)
  }

  release(): void {
    this.#insert.release()
  }

  /** Some rows of columns whose cells are made. */
  #take(columns: readonly Column[], start: number, end: number): void {
    const values = this.#values
    const width = columns.length
    const first = values.length
    // A list that is written to from its end on has no holes.
    for (let i = (end - start) * width; i > 0; i--) values.push(null)
    for (let at = 0; at < width; at++) {
      const column = columns[at]!
      let place = first + at
      if (column.kind === 'coded') {
        const { codes } = column
        const cells = column.dictionary.cells as readonly BoundCell[]
        for (let i = start; i < end; i++, place += width) values[place] = cells[codes[i]!]!
      } else {
        const { cells } = column as { cells: readonly BoundCell[] }
        for (let i = start; i < end; i++, place += width) values[place] = cells[i]!
      }
    }
  }

  #runFull(): void {
    if (this.#values.length < this.#rowsAtOnce * this.#columns.length) return
    this.#insert.run(this.#values)
    this.#values.length = 0
  }

  #make(column: TargetColumn, at: number, cell: unknown, rowNumber: number): BoundCell {
    const value = this.#makers[at]!(cell)
    if (value !== undefined && (value !== null || !column.isRequired)) return value
    throw misfit(column, cell, value, rowNumber)
  }

  #insertSql(rowCount: number): string {
    const row = `(${this.#columns.map(() => '?').join()})`
    return `INSERT INTO ${this.sql} VALUES ${new Array(rowCount).fill(row).join()}`
  }
}
