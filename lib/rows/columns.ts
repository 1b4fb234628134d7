import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import type { Block } from '../kernel/block.ts'
import { indexOf } from './header-names.ts'
import { noRow } from './misplaced.ts'

/** What a sink of rows makes of each: the cells in its own order, under names and labels. */
export interface Columns {
  readonly names: readonly string[]
  /** What people read; undefined where no header told. */
  readonly labels: readonly string[] | undefined
  /**
   * @throws RowError for a row that is longer or shorter than there are columns; QueryError for an object that has
   * other keys.
   */
  cellsOf(row: unknown, rowNumber: number): readonly unknown[]
  /** The same of the columns of a block. */
  pick(block: Block): Block
  /** @throws QueryError where no object had one of the wanted columns. */
  end(): void
}

/**
 * The columns of a stream, from the best source there is: the announced headers; else the `wanted` names; else the
 * keys of the first object. Undefined where there is none of them. `mayLack` says that objects need not have all of the
 * announced ones.
 *
 * @throws QueryError where the first is neither a row nor an object, or a wanted column is not among the headers, or is there twice.
 */
export function columnsOf(
  who: string,
  headers: readonly Header[] | undefined,
  wanted: readonly string[] | undefined,
  first: unknown,
  mayLack: boolean,
): Columns | undefined {
  if (first !== undefined && !isRowOrObject(first)) throw noRow(who, first)
  if (headers) {
    const indexes = wanted?.map((name) => indexOf(who, headers, name))
    const chosen = indexes ? indexes.map((index) => headers[index]!) : headers
    const labels = chosen.map(({ name, column }) => column ?? name)
    const names = chosen.map(({ name }) => name)
    return new NamedColumns(who, names, labels, indexes, headers.length, {
      mayLack,
      others: wanted !== undefined,
    })
  }
  if (wanted) {
    const kind = { mayLack: true, others: true }
    return new NamedColumns(who, wanted, undefined, undefined, wanted.length, kind)
  }
  if (first === undefined || Array.isArray(first)) return undefined
  const names = Object.keys(first as object)
  return new NamedColumns(who, names, undefined, undefined, names.length, { mayLack: true, others: false })
}

/** The columns of rows that nobody has named: as many as the first has. */
export function nameless(first: unknown): Columns {
  const width = Array.isArray(first) ? first.length : 0
  return {
    names: [],
    labels: undefined,
    cellsOf(row, rowNumber) {
      if (!Array.isArray(row))
        throw new QueryError(`toCsv: an object behind rows; make all of them one or the other`)
      if (row.length === width) return row
      throw new RowError(`${row.length} cells, where the first row has ${width}`, { rowNumber })
    },
    pick: (block) => block,
    end: () => undefined,
  }
}

class NamedColumns implements Columns {
  readonly names: readonly string[]
  readonly labels: readonly string[] | undefined
  readonly #who: string
  readonly #indexes: readonly number[] | undefined
  readonly #width: number
  readonly #mayLack: boolean
  /** Whether keys that are no columns are meant to be dropped. */
  readonly #mayHaveOthers: boolean
  readonly #set: ReadonlySet<string>
  /** What no object has had so far. */
  readonly #unseen: Set<string>
  #hadObjects = false

  constructor(
    who: string,
    names: readonly string[],
    labels: readonly string[] | undefined,
    indexes: readonly number[] | undefined,
    width: number,
    { mayLack, others }: { mayLack: boolean; others: boolean },
  ) {
    this.#who = who
    this.names = names
    this.labels = labels
    this.#indexes = indexes
    this.#width = width
    this.#mayLack = mayLack
    this.#mayHaveOthers = others
    this.#set = new Set(names)
    this.#unseen = new Set(others && labels === undefined ? names : [])
  }

  cellsOf(row: unknown, rowNumber: number): readonly unknown[] {
    if (Array.isArray(row)) {
      if (row.length !== this.#width) {
        throw new RowError(`${row.length} cells under ${this.#width} columns`, { rowNumber })
      }
      return this.#indexes ? this.#indexes.map((index) => row[index]) : row
    }
    if (!isRowOrObject(row)) throw noRow(this.#who, row)
    const object = row as Record<string, unknown>
    if (!this.#hasJustThese(object)) this.#check(object)
    const { names } = this
    const cells: unknown[] = new Array(names.length)
    for (let i = 0; i < names.length; i++) cells[i] = object[names[i]!]
    return cells
  }

  pick(block: Block): Block {
    const indexes = this.#indexes
    return indexes ? { ...block, columns: indexes.map((index) => block.columns[index]!) } : block
  }

  end(): void {
    const [name] = this.#unseen
    if (name === undefined || !this.#hadObjects) return
    throw new QueryError(
      `${this.#who}: no object had the column ${JSON.stringify(name)}; leave it out of columns`,
    )
  }

  /** Whether an object has the columns for its keys, in their order: most do, and then nothing has to be looked up. */
  #hasJustThese(row: Record<string, unknown>): boolean {
    if (this.#unseen.size > 0) return false
    const { names } = this
    let i = 0
    for (const key in row) if (key !== names[i++]) return false
    return i === names.length
  }

  #check(row: Record<string, unknown>): void {
    const keys = Object.keys(row)
    if (!this.#mayHaveOthers && !keys.every((key, i) => key === this.names[i] || this.#set.has(key))) {
      const other = keys.find((key) => !this.#set.has(key))
      throw new QueryError(
        `${this.#who}: an object has more keys than ${this.labels ? 'there are columns' : 'the first one had'}: ` +
          `${JSON.stringify(other)}; name the columns you want${this.labels ? ', or say them in mapRows(fn, { headers })' : ''}`,
      )
    }
    if (!this.#mayLack) {
      const missing = this.names.find((name) => !Object.hasOwn(row, name))
      if (missing !== undefined) {
        throw new QueryError(
          `${this.#who}: an object has no ${JSON.stringify(missing)}, which is a column; say what the columns are in ` +
            'mapRows(fn, { headers })',
        )
      }
    }
    this.#hadObjects = true
    for (const name of this.#unseen) if (Object.hasOwn(row, name)) this.#unseen.delete(name)
  }
}

function isRowOrObject(thing: unknown): boolean {
  return typeof thing === 'object' && thing !== null && !ArrayBuffer.isView(thing)
}
