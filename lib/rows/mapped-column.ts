import { type Column, cellsOf, type Dictionary } from '../kernel/block.ts'

/** Columns of blocks whose cells are made of another's: of one that is coded, once of each different cell. */
export class MappedColumn {
  readonly #make: (cell: unknown) => unknown
  readonly #makesNumbers: boolean
  #from: Dictionary | undefined
  #made: { cells: unknown[] } = { cells: [] }

  /** `makesNumbers` says that it makes of a decimal the number, and throws nothing: then it need not be done at once. */
  constructor(make: (cell: unknown) => unknown, makesNumbers = false) {
    this.#make = make
    this.#makesNumbers = makesNumbers
  }

  of(column: Column): Column {
    const make = this.#make
    if (column.kind === 'cut' && this.#makesNumbers && !column.numberOf) return { ...column, numberOf: make }
    if (column.kind !== 'coded') {
      const cells: unknown[] = []
      for (const cell of cellsOf(column)) cells.push(make(cell))
      return { kind: 'made', cells }
    }
    if (column.dictionary !== this.#from) {
      this.#from = column.dictionary
      this.#made = { cells: [] }
    }
    const { cells } = this.#made
    const from = column.dictionary.cells
    while (cells.length < from.length) cells.push(make(from[cells.length]))
    return { kind: 'coded', codes: column.codes, dictionary: this.#made }
  }
}
