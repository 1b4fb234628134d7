import { isAscii, isUtf8 } from 'node:buffer'
import { type Block, type Column, CutText, cutKind } from './block.ts'
import { type Kernel, newKernel } from './kernel.ts'
import { KernelMemory, padding, unlessFull } from './kernel-memory.ts'

/** What the module has in memory itself is in front. */
const start = 1024
const columnBytes = 32
const firstPlaces = 512
const arenaBytes = 64 * 1024
/** Grids of more columns are left to others: each has its tables. */
const widest = 2048

/** After so many cells, a column of which more than half were different is cut from then on. */
const cellsLookedAt = 8192
/** A column of more different cells than this is cut too; once all take so much, so is each that has many. */
const mostEntries = 1 << 17
const mostBytes = 16 * 1024 * 1024
const manyEntries = 1 << 12

/** How often a guess at the next cell of a column may be wrong in a piece: rows in no order are looked up sooner than guessed. */
const patience = 64

/** What an entry has in front of its text: length, code, and which came behind it. */
const entryHead = 16

/** Kernels whose work is done: to get back the memory of one takes V8 a collection of everything. */
const idle: Kernel[] = []
const mostIdle = 2
const mostIdleBytes = 4 * 1024 * 1024

/** How blocks are wanted. */
export interface BlockForm {
  /** Whether they are kept: if not, they are valid until the next one is made. */
  readonly lasting: boolean
  /** For each column whether its cells are wanted as numbers. */
  readonly numeric?: readonly boolean[] | undefined
}

/** What is known of a column, by the place of its word. */
const word = {
  isCoded: 0,
  table: 1,
  mask: 2,
  entries: 3,
  count: 4,
  last: 5,
  patience: 6,
  numbers: 7,
} as const

/**
 * Cuts the rows of a grid into columns of cells, a piece of the body at a time. Which columns are coded is decided by
 * looking: all are at first.
 */
export class CellKernel {
  readonly #kernel: Kernel
  readonly #memory: KernelMemory
  readonly #width: number
  readonly #dictionaries: { cells: unknown[] }[]
  /** How many cells each column has had while it was coded. */
  readonly #seen: number[]
  /** Where what stays ends: tables, entries, texts; then the piece, and behind it what is made of it. */
  #kept: number
  #piece: Buffer | undefined
  #isAscii = false
  #at = 0
  closed = false

  private constructor(kernel: Kernel, width: number) {
    this.#kernel = kernel
    this.#memory = new KernelMemory(kernel)
    this.#width = width
    this.#dictionaries = Array.from({ length: width }, () => ({ cells: [] }))
    this.#seen = new Array(width).fill(0)
    this.#kept = start + width * columnBytes
    this.#memory.reserve(this.#kept)
    this.#memory.bytes.fill(0, start, this.#kept)
    for (let column = 0; column < width; column++) this.#newTables(column, firstPlaces)
    this.#newArena(arenaBytes)
  }

  /** Undefined where the machine has none. */
  static create(width: number): CellKernel | undefined {
    const kernel = width <= widest ? (idle.pop() ?? newKernel()) : undefined
    return kernel && unlessFull(() => new CellKernel(kernel, width))
  }

  /**
   * Takes rows from `from` on, as far as they are whole, plain, and in valid UTF-8, and hands them on in blocks. Returns
   * the start of the first row it left, or the place of the closing bracket.
   */
  run(piece: Buffer, from: number, form: BlockForm, take: (block: Block) => void): number {
    this.closed = false
    let at = from
    unlessFull(() => {
      for (const stop of this.#runs(piece, from, form, take)) at = stop
    })
    return at
  }

  /** It is done, and so are its blocks, unless they last. */
  end(): void {
    const { byteLength } = this.#kernel.memory.buffer
    if (idle.length < mostIdle && byteLength <= mostIdleBytes) idle.push(this.#kernel)
  }

  /** As far as it came, each time before it needs more memory. */
  *#runs(
    piece: Buffer,
    from: number,
    form: BlockForm,
    take: (block: Block) => void,
  ): Generator<number, void> {
    const kernel = this.#kernel
    const width = this.#width
    const numericCount = form.numeric?.filter(Boolean).length ?? 0
    let at = from
    for (;;) {
      if (piece !== this.#piece) this.#load(piece)
      const base = this.#at
      const most = Math.floor((piece.length - at) / (2 * width + 1)) + 1
      const out = (base + piece.length + padding + 7) & ~7
      let numbers = out + ((most * width * 4 + 7) & ~7)
      this.#memory.reserve(numbers + numericCount * most * 8 + padding)
      for (let column = 0; column < width; column++) {
        this.#set(column, word.patience, patience)
        this.#set(column, word.numbers, 0)
        if (!form.numeric?.[column]) continue
        this.#cutFromNowOn(column)
        this.#set(column, word.numbers, numbers)
        numbers += most * 8
      }
      const stop = kernel.cells(base, base + at, width, start, out, most) - base
      const rowCount = kernel.cellsRows.value
      if (rowCount > 0) {
        if (!this.#isAscii && !isUtf8(piece.subarray(at, stop))) return
        this.closed = kernel.cellsClosed.value === 1
        take(this.#block(piece, out, most, rowCount, form.lasting))
      }
      const lack = kernel.cellsLack.value
      this.#look(rowCount)
      at = stop
      yield at
      if (lack === 0) return
      this.#provide(lack)
    }
  }

  #load(piece: Buffer): void {
    this.#piece = piece
    this.#isAscii = isAscii(piece)
    this.#at = this.#kept
    this.#memory.reserve(this.#at + piece.length + padding)
    this.#memory.load(piece, this.#at)
  }

  #block(piece: Buffer, out: number, most: number, rowCount: number, lasting: boolean): Block {
    const { words } = this.#memory
    const kept = lasting ? new Uint32Array(rowCount * this.#width) : undefined
    let text: CutText | undefined
    const columns: Column[] = []
    for (let column = 0; column < this.#width; column++) {
      const from = out / 4 + column * most
      let codes = words.subarray(from, from + rowCount)
      if (kept) {
        kept.set(codes, column * rowCount)
        codes = kept.subarray(column * rowCount, (column + 1) * rowCount)
      }
      if (this.#word(column, word.isCoded)) {
        this.#learn(column)
        columns.push({ kind: 'coded', codes, dictionary: this.#dictionaries[column]! })
      } else {
        text ??= new CutText(piece, this.#isAscii)
        columns.push({ kind: 'cut', cuts: codes, text, numbers: this.#numbers(column, rowCount, lasting) })
      }
    }
    return { rowCount, columns }
  }

  #numbers(column: number, rowCount: number, lasting: boolean): Float64Array | undefined {
    const at = this.#word(column, word.numbers)
    if (at === 0) return undefined
    const numbers = new Float64Array(this.#memory.words.buffer, at, rowCount)
    return lasting ? numbers.slice() : numbers
  }

  /** Makes the cells of new entries. */
  #learn(column: number): void {
    const { cells } = this.#dictionaries[column]!
    const { bytes, words } = this.#memory
    const count = this.#word(column, word.count)
    const entries = this.#word(column, word.entries) / 4
    for (let code = cells.length; code < count; code++) {
      const at = words[entries + code]!
      const size = words[at / 4]!
      const text = bytes.toString('utf8', at + entryHead, at + entryHead + (size >>> 2))
      cells.push(
        (size & 3) === cutKind.plain ? text : JSON.parse((size & 3) === cutKind.bare ? text : `"${text}"`),
      )
    }
  }

  /** Whether columns that are coded should be. */
  #look(rowCount: number): void {
    for (let column = 0; column < this.#width; column++) {
      if (!this.#word(column, word.isCoded)) continue
      this.#seen[column]! += rowCount
      const count = this.#word(column, word.count)
      if (this.#seen[column]! >= cellsLookedAt && count * 2 > this.#seen[column]!) this.#cutFromNowOn(column)
    }
  }

  #provide(lack: number): void {
    if (this.#kept > mostBytes) this.#cutLargest()
    if (lack === 1) return this.#newArena(arenaBytes)
    const column = (lack - 2) >> 1
    if (lack & 1 || this.#word(column, word.count) > mostEntries) return this.#cutFromNowOn(column)
    if (this.#word(column, word.isCoded)) this.#newTables(column, (this.#word(column, word.mask) + 1) * 4)
  }

  #cutLargest(): void {
    for (let column = 0; column < this.#width; column++) {
      if (this.#word(column, word.count) > manyEntries) this.#cutFromNowOn(column)
    }
  }

  #cutFromNowOn(column: number): void {
    this.#set(column, word.isCoded, 0)
    this.#set(column, word.last, 0)
  }

  #newTables(column: number, places: number): void {
    const table = this.#keep(places * 8)
    const entries = this.#keep(places * 2)
    const { bytes } = this.#memory
    bytes.fill(0, table, table + places * 8)
    const count = this.#word(column, word.count)
    const before = this.#word(column, word.entries)
    bytes.copyWithin(entries, before, before + count * 4)
    this.#set(column, word.isCoded, 1)
    this.#set(column, word.entries, entries)
    this.#kernel.rehash(start + column * columnBytes, table, places - 1)
  }

  #newArena(length: number): void {
    const from = this.#keep(length)
    this.#kernel.setArena(from, from + length)
  }

  /** Room for something that stays; the piece is loaded anew behind it. */
  #keep(length: number): number {
    const at = this.#kept
    this.#kept += length
    this.#memory.reserve(this.#kept)
    this.#piece = undefined
    return at
  }

  #word(column: number, at: number): number {
    return this.#memory.words[start / 4 + column * (columnBytes / 4) + at]!
  }

  #set(column: number, at: number, value: number): void {
    this.#memory.words[start / 4 + column * (columnBytes / 4) + at] = value
  }
}
