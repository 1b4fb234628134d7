import { Bytes } from './bytes.ts'
import { pageKinds, pageOf } from './page.ts'
import { measure, type RecordLength, writeRecord } from './record.ts'
import { placesOf, StoredCells, type StoredColumn, type TextEncoding } from './stored-cells.ts'
import { varintLength, writeVarint } from './varint.ts'

/** A page of the table, or of a level above, and the last row in it or below. */
interface Child {
  readonly page: number
  readonly rowid: number
}

/** SQLite locks bytes from here on, and uses no page that has them. */
const lockedByte = 2 ** 30
const placeLength = 2
const pageNumberLength = 4
/** Of a cell above the leaves: its page, a row, and the place of the cell. */
const longestChild = pageNumberLength + 9 + placeLength

/**
 * A database of SQLite with one table `rows`, page by page, as https://sqlite.org/fileformat2.html has it. Rows have the
 * numbers from 1 on. The first page comes last, as it says where the others are.
 */
export class TablePages {
  readonly #pageSize: number
  readonly #longest: number
  #made: Buffer[] = []
  /** With the first. */
  #pageCount = 1
  #rowCount = 0
  readonly #leaves: Child[] = []
  /** The cells of the leaf that is being filled. */
  readonly #cells: Bytes
  #starts: number[] = []
  #end = 0
  readonly #length: RecordLength = { header: 0, whole: 0 }

  constructor(pageSize: number) {
    this.#pageSize = pageSize
    this.#cells = new Bytes(pageSize)
    this.#longest = pageSize - 35
    // The place of the first.
    this.#made.push(Buffer.alloc(pageSize))
  }

  addRows(columns: readonly StoredColumn[], rowCount: number): void {
    for (let row = 0; row < rowCount; row++) this.#addRow(columns, row)
  }

  /** How many pages there are to take. */
  get waiting(): number {
    return this.#made.length
  }

  /** The pages that were made since the last call, in their order. */
  take(): readonly Buffer[] {
    const made = this.#made
    this.#made = []
    return made
  }

  /** Makes the rest, and returns the first. `create` is the statement that would have made the table. */
  end(create: string, encoding: TextEncoding): Buffer {
    if (this.#starts.length > 0 || this.#rowCount === 0) this.#endLeaf()
    let level = this.#leaves
    while (level.length > 1) level = this.#levelAbove(level)
    return this.#first(create, encoding, level[0]!.page)
  }

  #addRow(columns: readonly StoredColumn[], row: number): void {
    const length = this.#length
    measure(length, columns, row)
    const rowid = this.#rowCount + 1
    const size = varintLength(length.whole) + varintLength(rowid) + Math.min(length.whole, this.#longest)
    const taken = pageKinds.leaf.headerLength + this.#starts.length * placeLength + this.#end
    if (taken + placeLength + size > this.#pageSize) this.#endLeaf()
    this.#rowCount = rowid
    this.#starts.push(this.#end)
    const cells = this.#cells
    const at = writeVarint(cells.bytes, writeVarint(cells.bytes, this.#end, length.whole), rowid)
    this.#end =
      length.whole > this.#longest
        ? this.#addLong(at, columns, row)
        : writeRecord(cells, at, length.header, columns, row)
  }

  /** Of a record that no page holds the beginning, and where the rest is. */
  #addLong(at: number, columns: readonly StoredColumn[], row: number): number {
    const { header, whole } = this.#length
    const record = new Bytes(whole)
    writeRecord(record, 0, header, columns, row)
    const usable = this.#pageSize
    const least = Math.floor(((usable - 12) * 32) / 255) - 23
    const fitting = least + ((whole - least) % (usable - pageNumberLength))
    const kept = fitting <= this.#longest ? fitting : least
    const { bytes } = this.#cells
    record.bytes.copy(bytes, at, 0, kept)
    return bytes.writeUInt32BE(this.#addOverflow(record.bytes.subarray(kept, whole)), at + kept)
  }

  /** From the end on, as each page names the next. */
  #addOverflow(rest: Buffer): number {
    const room = this.#pageSize - pageNumberLength
    let next = 0
    for (let at = Math.floor((rest.length - 1) / room) * room; at >= 0; at -= room) {
      const page = Buffer.alloc(this.#pageSize)
      page.writeUInt32BE(next, 0)
      rest.copy(page, pageNumberLength, at, at + room)
      next = this.#addPage(page)
    }
    return next
  }

  #endLeaf(): void {
    const cells = this.#cells.bytes.subarray(0, this.#end)
    const page = this.#addPage(pageOf(this.#pageSize, { kind: 'leaf', cells, starts: this.#starts }))
    this.#leaves.push({ page, rowid: this.#rowCount })
    this.#starts = []
    this.#end = 0
  }

  /** About as many to each: none may have just one. */
  #levelAbove(children: readonly Child[]): Child[] {
    const most = Math.floor((this.#pageSize - pageKinds.interior.headerLength) / longestChild) + 1
    const count = Math.ceil(children.length / most)
    const startOf = (at: number) => Math.floor((at * children.length) / count)
    const above: Child[] = []
    for (let at = 0; at < count; at++)
      above.push(this.#parentOf(children.slice(startOf(at), startOf(at + 1))))
    return above
  }

  #parentOf(children: readonly Child[]): Child {
    const cells = Buffer.allocUnsafe(children.length * longestChild)
    const starts: number[] = []
    const { page: last, rowid } = children.at(-1)!
    let end = 0
    for (const child of children.slice(0, -1)) {
      starts.push(end)
      end = writeVarint(cells, cells.writeUInt32BE(child.page, end), child.rowid)
    }
    const parts = { kind: 'interior' as const, cells: cells.subarray(0, end), starts, last }
    return { page: this.#addPage(pageOf(this.#pageSize, parts)), rowid }
  }

  #addPage(page: Buffer): number {
    if (this.#pageCount === lockedByte / this.#pageSize) this.#add(Buffer.alloc(this.#pageSize))
    return this.#add(page)
  }

  #add(page: Buffer): number {
    this.#made.push(page)
    return ++this.#pageCount
  }

  /** The header of the database, and its schema. */
  #first(create: string, encoding: TextEncoding, root: number): Buffer {
    const columns = ['table', 'rows', 'rows', root, create].map((cell) => {
      const cells = new StoredCells({ encoding, isReal: false })
      cells.add(cell)
      return { cells, places: placesOf(1) }
    })
    const length = this.#length
    measure(length, columns, 0)
    const cells = new Bytes(this.#pageSize)
    const at = writeVarint(cells.bytes, writeVarint(cells.bytes, 0, length.whole), 1)
    const end = writeRecord(cells, at, length.header, columns, 0)
    const page = pageOf(this.#pageSize, {
      kind: 'leaf',
      cells: cells.bytes.subarray(0, end),
      starts: [0],
      offset: 100,
    })
    page.write('SQLite format 3\0', 'latin1')
    page.writeUInt16BE(this.#pageSize === 65_536 ? 1 : this.#pageSize, 16)
    // The format of a file without a write-ahead log, and fractions of a page that never change.
    page.set([1, 1, 0, 64, 32, 32], 18)
    const changes = 1
    const schemaFormat = 4
    page.writeUInt32BE(changes, 24)
    page.writeUInt32BE(this.#pageCount, 28)
    page.writeUInt32BE(1, 40)
    page.writeUInt32BE(schemaFormat, 44)
    page.writeUInt32BE(encodings.indexOf(encoding) + 1, 56)
    page.writeUInt32BE(changes, 92)
    page.writeUInt32BE(3_037_000, 96)
    return page
  }
}

const encodings: readonly TextEncoding[] = ['UTF-8', 'UTF-16le', 'UTF-16be']
