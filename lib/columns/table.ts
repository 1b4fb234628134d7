import type { Header, MetaData } from '../grid/grid.ts'
import { arrowStream } from './arrow-stream.ts'

/** Numbers. NaN is null: servers have none that is NaN or infinite. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly header: Header
  readonly values: Float64Array
}

/** BOOLEAN and TRUE_ONLY: 1, 0, or -1 for null. */
export interface BooleanColumn {
  readonly kind: 'boolean'
  readonly header: Header
  readonly values: Int8Array
}

/**
 * Days (`date`, of DATE and AGE) or times (`datetime`), in milliseconds since 1970 as `new Date(…)` takes them. NaN is
 * null. A day is its midnight UTC; a time is as if the server were on UTC, or, where it came with an offset, its UTC.
 */
export interface TimeColumn {
  readonly kind: 'date' | 'datetime'
  readonly header: Header
  readonly values: Float64Array
}

/** All else, text: row `i` has `dictionary[codes[i]]`, or null where the code is -1. No text is twice in the dictionary. */
export interface TextColumn {
  readonly kind: 'text'
  readonly header: Header
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

export type TableColumn = NumberColumn | BooleanColumn | TimeColumn | TextColumn

/** An answer in memory, a column at a time: a few bytes a cell, where a Grid has an array a row and a string a cell. */
export class Table implements Iterable<unknown[]> {
  readonly headers: readonly Header[]
  readonly metaData: MetaData
  /** How many rows there are. */
  readonly length: number
  /** By header name. Of two columns of one name, which SQL views may have, it is the first; rows have both. */
  readonly columns: Readonly<Record<string, TableColumn>>
  readonly #all: readonly TableColumn[]
  readonly #url: string | undefined

  constructor(columns: readonly TableColumn[], length: number, metaData: MetaData, url: string | undefined) {
    this.headers = columns.map(({ header }) => header)
    this.metaData = metaData
    this.length = length
    this.#all = columns
    this.#url = url
    const named: Record<string, TableColumn> = Object.create(null)
    for (const column of columns) named[column.header.name] ??= column
    this.columns = named
  }

  /** The cells of row `i`, from 0, as `castCells()` gives them: `['fbfJHSPpUQD', '202401', 12, null]`, dates as ISO text. */
  row(i: number): unknown[] {
    return this.#all.map((column) => cellOf(column, i))
  }

  /** The rows, one by one. */
  *[Symbol.iterator](): Generator<unknown[], void> {
    for (let i = 0; i < this.length; i++) yield this.row(i)
  }

  /** The bytes of an Arrow stream, as `toArrow()` writes it. */
  toArrow(): Buffer {
    return arrowStream(this.#all, this.length, this.#url)
  }
}

function cellOf(column: TableColumn, i: number): unknown {
  switch (column.kind) {
    case 'text':
      return column.dictionary[column.codes[i]!] ?? null
    case 'boolean':
      return column.values[i] === -1 ? null : column.values[i] === 1
    case 'number':
      return Number.isNaN(column.values[i]) ? null : column.values[i]
    default: {
      const ms = column.values[i]!
      if (Number.isNaN(ms)) return null
      const iso = new Date(ms).toISOString()
      return column.kind === 'date' ? iso.slice(0, 10) : iso.slice(0, -1)
    }
  }
}
