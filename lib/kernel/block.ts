/** Rows, a column at a time: what the kernel makes of a piece of a body, and stages hand on to each other. */
export interface Block {
  readonly rowCount: number
  readonly columns: readonly Column[]
}

export type Column = CodedColumn | CutColumn | MadeColumn

/** Cells that come again and again: each is a place in a dictionary. */
export interface CodedColumn {
  readonly kind: 'coded'
  readonly codes: Uint32Array
  readonly dictionary: Dictionary
}

/** The different cells of a column, of this block and the ones before. It only ever grows. */
export interface Dictionary {
  readonly cells: readonly unknown[]
}

/** Cells of which only the place in the body is known. */
export interface CutColumn {
  readonly kind: 'cut'
  readonly cuts: Uint32Array
  readonly text: CutText
  /** The numbers they say, where those were wanted: NaN of a cell that is no plain decimal. */
  readonly numbers?: Float64Array | undefined
  /** What becomes of a cell: of a decimal the number it says. */
  readonly numberOf?: ((cell: unknown) => unknown) | undefined
}

/** Cells as they are. */
export interface MadeColumn {
  readonly kind: 'made'
  readonly cells: readonly unknown[]
}

/** V8 keeps a longer substring as a view that holds on to the text it is from, here a whole piece of the body. */
const longestCopied = 12

/** What a cut is, in its last two bits; the 14 before are its length, the 16 in front its place. */
export const cutKind = { plain: 0, bare: 1, escaped: 2 } as const

/** The text that cells are cut from: a piece of the body, which is valid UTF-8 and JSON. */
export class CutText {
  readonly bytes: Buffer
  readonly #isAscii: boolean
  /** All of it, made when it is first asked for: numbers are read from the bytes. */
  #whole: string | undefined

  constructor(bytes: Buffer, isAscii: boolean) {
    this.bytes = bytes
    this.#isAscii = isAscii
  }

  cell(cut: number): unknown {
    const start = cut >>> 16
    const end = start + ((cut >>> 2) & 0x3fff)
    const kind = cut & 3
    if (kind === cutKind.bare) return JSON.parse(this.bytes.toString('latin1', start, end))
    if (kind === cutKind.escaped) return JSON.parse(this.bytes.toString('utf8', start - 1, end + 1))
    if (!this.#isAscii) return this.bytes.toString('utf8', start, end)
    if (end - start > longestCopied) return this.bytes.toString('latin1', start, end)
    this.#whole ??= this.bytes.toString('latin1')
    return this.#whole.substring(start, end)
  }
}

/** A cell of a cut column. */
export function cutCell({ text, numberOf }: CutColumn, cut: number): unknown {
  const cell = text.cell(cut)
  return numberOf ? numberOf(cell) : cell
}

/** The cells of a column, one by one. */
export function cellsOf(column: Column): readonly unknown[] {
  if (column.kind === 'made') return column.cells
  const cells: unknown[] = []
  if (column.kind === 'coded') for (const code of column.codes) cells.push(column.dictionary.cells[code])
  else for (const cut of column.cuts) cells.push(cutCell(column, cut))
  return cells
}

/** One cell of a column. */
export function cellAt(column: Column, i: number): unknown {
  if (column.kind === 'made') return column.cells[i]
  return column.kind === 'coded'
    ? column.dictionary.cells[column.codes[i]!]
    : column.text.cell(column.cuts[i]!)
}

/** The rows of a block. */
export function rowsOf(block: Block): unknown[][] {
  const rows: unknown[][] = []
  addRows(rows, block)
  return rows
}

/** Puts the rows of a block behind others. */
export function addRows(rows: unknown[][], { rowCount, columns }: Block): void {
  const width = columns.length
  const first = rows.length
  for (let i = 0; i < rowCount; i++) rows.push(new Array(width))
  for (let at = 0; at < width; at++) {
    const column = columns[at]!
    switch (column.kind) {
      case 'coded': {
        const { codes } = column
        const { cells } = column.dictionary
        for (let i = 0; i < rowCount; i++) rows[first + i]![at] = cells[codes[i]!]
        break
      }
      case 'cut': {
        const { cuts } = column
        for (let i = 0; i < rowCount; i++) rows[first + i]![at] = cutCell(column, cuts[i]!)
        break
      }
      case 'made': {
        const { cells } = column
        for (let i = 0; i < rowCount; i++) rows[first + i]![at] = cells[i]
        break
      }
    }
  }
}
