import { type Block, type CutColumn, type CutText, cutCell, type Dictionary } from './block.ts'
import { type Kernel, newKernel } from './kernel.ts'
import { KernelMemory, padding, unlessFull } from './kernel-memory.ts'

/** What the module has in memory itself is in front. */
const start = 1024
const columnBytes = 16
/** Wider rows are left to others. */
const widest = 2048

/** What is known of dictionaries is forgotten when it takes so much, or twice as much as the ones in use. */
const mostBytes = 32 * 1024 * 1024
/** Texts are encoded many at a time, about so many UTF-16 units. */
const encodedLength = 1 << 20
const firstOutBytes = 256 * 1024
const fewestFragments = 64

/** Where the numbers of a column are, in its words. */
const word = { codes: 0, fragments: 1, opening: 2, openingLength: 3 } as const

/** How a line is written. */
export interface LineFormat {
  /** In front of each cell, one for each column: `{"dx":` and `,"pe":`; nothing and the delimiter. */
  readonly openings: readonly string[]
  /** Behind the last cell: `}` and the line end, or the line end. */
  readonly closing: string
  /** A cell as it stands in the line, quotes and all. May throw for what has no text. */
  textOf(cell: unknown): string
  /** What stands around plain text that was cut from JSON: nothing, or the `"` that it has there too. */
  readonly around: '' | '"'
  /**
   * Bytes, at most four, that make `textOf` write plain text that was cut: the delimiter, quote and line breaks of CSV.
   * Where this is undefined it writes all that was cut.
   */
  readonly marks: readonly number[] | undefined
  /** Whether `textOf` writes numbers as JavaScript does. */
  readonly takesNumbers: boolean
  /**
   * The byte that is around text with a mark in it, and doubled where it is in the text: then cut text is quoted without
   * `textOf`.
   */
  readonly quote?: number
}

/** The texts of a dictionary that are in memory, with what stands around them. */
interface Table {
  readonly dictionary: Dictionary
  readonly count: number
  readonly room: number
  readonly fragments: number
}

/** Writes the rows of blocks as lines of text. What a dictionary holds is written once, and copied from then on. */
export class BlockText {
  readonly #kernel: Kernel
  readonly #memory: KernelMemory
  readonly #format: LineFormat
  readonly #marks: number
  readonly #closing: number
  readonly #closingLength: number
  /** Where columns, openings and closing end, and what is remembered begins. */
  readonly #fixed: number
  #tables: (Table | undefined)[] = []
  /** The end of what is remembered, and of what is in memory for one block. */
  #kept: number
  #top: number
  #mostKept = mostBytes
  #outBytes = firstOutBytes

  private constructor(kernel: Kernel, format: LineFormat) {
    this.#kernel = kernel
    this.#memory = new KernelMemory(kernel)
    this.#format = format
    this.#marks = (format.marks ?? []).reduce((word, mark, at) => word | (mark << (at * 8)), 0)
    const { openings, closing } = format
    this.#top = start + openings.length * columnBytes
    for (let at = 0; at < openings.length; at++) {
      const length = Buffer.byteLength(openings[at]!)
      const address = this.#room(length)
      this.#memory.bytes.write(openings[at]!, address)
      this.#setColumn(at, word.opening, address)
      this.#setColumn(at, word.openingLength, length)
    }
    this.#closingLength = Buffer.byteLength(closing)
    this.#closing = this.#room(this.#closingLength)
    this.#memory.bytes.write(closing, this.#closing)
    this.#fixed = this.#top
    this.#kept = this.#top
  }

  /** Undefined where the machine has none, or there are more columns than 2,048. */
  static create(format: LineFormat): BlockText | undefined {
    const kernel = format.openings.length <= widest ? newKernel() : undefined
    return kernel && unlessFull(() => new BlockText(kernel, format))
  }

  /**
   * The lines of a block, as UTF-8 in a buffer of its own.
   *
   * @throws what `textOf` throws; blocks can be written after that as before.
   */
  write(block: Block): Buffer {
    const { rowCount, columns } = block
    this.#learn(block)
    this.#top = this.#kept
    let text: CutText | undefined
    let base = 0
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!
      if (column.kind === 'coded') {
        this.#setColumn(at, word.codes, this.#load(column.codes))
        this.#setColumn(at, word.fragments, this.#tables[at]!.fragments)
        continue
      }
      const fragments = this.#room(rowCount * 8)
      this.#setColumn(at, word.codes, 0)
      this.#setColumn(at, word.fragments, fragments)
      if (column.kind === 'made') {
        const { cells } = column
        this.#spell(fragments, 0, 0, rowCount, (row) => this.#format.textOf(cells[row]))
        continue
      }
      if (column.text !== text) {
        text = column.text
        base = this.#room(text.bytes.length)
        this.#memory.load(text.bytes, base)
      }
      this.#cut(column, rowCount, base, fragments)
    }
    return this.#lines(rowCount, columns.length)
  }

  #learn(block: Block): void {
    if (this.#kept <= this.#mostKept) return this.#learnNew(block)
    this.#tables = []
    this.#kept = this.#fixed
    this.#learnNew(block)
    this.#mostKept = Math.max(mostBytes, this.#kept * 2)
  }

  #learnNew({ columns }: Block): void {
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!
      if (column.kind !== 'coded') continue
      const { dictionary } = column
      const table = this.#tables[at]
      if (table?.dictionary !== dictionary) this.#extend(at, { dictionary, count: 0, room: 0, fragments: 0 })
      else if (table.count < dictionary.cells.length) this.#extend(at, table)
    }
  }

  /** Adds the cells that are new in a dictionary. */
  #extend(at: number, { dictionary, count, room, fragments }: Table): void {
    const { cells } = dictionary
    this.#top = this.#kept
    let wider = room
    let target = fragments
    if (cells.length > room) {
      wider = Math.max(cells.length * 2, fewestFragments)
      target = this.#room(wider * 8)
      this.#memory.bytes.copyWithin(target, fragments, fragments + count * 8)
    }
    const opening = this.#format.openings[at]!
    this.#spell(target, 0, count, cells.length, (code) => opening + this.#format.textOf(cells[code]))
    this.#tables[at] = { dictionary, count: cells.length, room: wider, fragments: target }
    this.#kept = this.#top
  }

  #cut(column: CutColumn, rowCount: number, base: number, fragments: number): void {
    const { cuts, text } = column
    const format = this.#format
    const textAt = (row: number) => format.textOf(cutCell(column, cuts[row]!))
    if (column.numberOf ? !format.takesNumbers : !format.marks) {
      return this.#spell(fragments, 0, 0, rowCount, textAt)
    }
    const kernel = this.#kernel
    const address = this.#load(cuts)
    const odd = this.#room(rowCount * 4)
    const spellOdd = (count: number) => {
      if (count === 0) return
      const rows = this.#memory.words.slice(odd / 4, odd / 4 + count)
      this.#spell(fragments, odd, 0, count, (i) => textAt(rows[i]!))
    }
    if (column.numberOf) return spellOdd(kernel.decimalFragments(address, rowCount, base, fragments, odd))
    const quoted = this.#room(format.quote === undefined ? 0 : 2 * (text.bytes.length + rowCount))
    const oddCount = kernel.cutFragments(
      address,
      rowCount,
      base,
      format.around.length,
      this.#marks,
      format.quote ?? 0,
      fragments,
      odd,
      quoted,
    )
    this.#top = kernel.quotedEnd.value + padding
    spellOdd(oddCount)
  }

  /**
   * Makes fragments of texts, from the place `from` until `to`; where there is a list `odd`, these are places in that
   * list. All are encoded in one go, with a character between two: else halves of a pair, the end of one and the start
   * of the next, would become one character.
   */
  #spell(fragments: number, odd: number, from: number, to: number, textAt: (i: number) => string): void {
    let first = from
    let joined = ''
    for (let i = from; i < to; i++) {
      const text = textAt(i)
      const { words } = this.#memory
      const place = odd ? words[odd / 4 + i]! : i
      words[fragments / 4 + place * 2 + 1] = text.length
      joined += `${text}\n`
      if (joined.length < encodedLength && i < to - 1) continue
      const address = this.#room(joined.length * 3)
      const length = this.#memory.bytes.write(joined, address)
      this.#kernel.spread(fragments, odd, first, i + 1, address, length === joined.length)
      this.#top = address + length + padding
      first = i + 1
      joined = ''
    }
  }

  #lines(rowCount: number, width: number): Buffer {
    const out = this.#room(this.#outBytes)
    const written: Buffer[] = []
    let row = 0
    while (row < rowCount) {
      const end = out + this.#outBytes
      const next = this.#kernel.lines(
        start,
        width,
        row,
        rowCount,
        out,
        end,
        this.#closing,
        this.#closingLength,
      )
      if (next === row) {
        this.#outBytes *= 2
        this.#memory.reserve(out + this.#outBytes + padding)
        continue
      }
      const lines = Buffer.allocUnsafe(this.#kernel.linesLength.value)
      this.#memory.bytes.copy(lines, 0, out, out + lines.length)
      written.push(lines)
      row = next
    }
    return written.length === 1 ? written[0]! : Buffer.concat(written)
  }

  #load(numbers: Uint32Array): number {
    const address = this.#room(numbers.length * 4)
    this.#memory.words.set(numbers, address / 4)
    return address
  }

  /** So many bytes, and padding behind them. */
  #room(length: number): number {
    const address = Math.ceil(this.#top / 8) * 8
    this.#top = address + length + padding
    this.#memory.reserve(this.#top)
    return address
  }

  #setColumn(at: number, place: number, value: number): void {
    this.#memory.words[(start + at * columnBytes) / 4 + place] = value
  }
}
