import { isAscii } from 'node:buffer'
import { closeBracket, comma, openBracket, quote } from '../json/scan.ts'
import type { Taker } from '../json/taker.ts'
import type { Row } from './grid.ts'
import { guessedRows } from './guessed-rows.ts'
import { SharedCells } from './shared-cells.ts'

/** V8 keeps a longer substring as a view that holds on to the text it is from, here a whole piece of the body. */
const longestCopied = 12

/** How many rows a grid has for sharing cells to be worth its tables. */
const sharedFrom = 10_000

/**
 * Rows as arrays of cells.
 *
 * Text without escapes, control characters or anything but ASCII is cut at its quotes, which is faster than
 * `JSON.parse`. Of other text that takes a guess.
 */
export class RowTaker implements Taker<Row[]> {
  rowCount = 0
  closed = false
  readonly #shared: SharedCells[] | undefined
  #rows: Row[] = []
  #piece: Buffer | undefined
  #plain = false
  #guessable = true
  #text = ''

  /**
   * `keepAll` is for rows that all stay in memory: `take` gives all so far, in one array, and equal cells share a
   * string, which costs time that streamed rows don't earn back.
   */
  constructor({ keepAll = false }: { keepAll?: boolean } = {}) {
    this.#shared = keepAll ? [] : undefined
  }

  run(bytes: Buffer, from: number, width: number): number {
    if (bytes !== this.#piece) this.#look(bytes)
    this.closed = false
    const before = this.#rows.length
    let stop = this.#plain ? this.#cut(bytes, from, width) : from
    if (stop === from && this.#guessable) stop = this.#guess(bytes, from, width)
    this.rowCount += this.#rows.length - before
    return stop
  }

  add(row: Row): void {
    this.#rows.push(row)
    this.rowCount += 1
  }

  take(): Row[] {
    const rows = this.#rows
    if (!this.#shared) this.#rows = []
    return rows
  }

  #cut(bytes: Buffer, from: number, width: number): number {
    const text = this.#text
    const rows = this.#rows
    const shared = this.rowCount < sharedFrom ? undefined : this.#shared
    while (shared && shared.length < width) shared.push(new SharedCells())
    let start = from
    for (;;) {
      let i = start
      if (text.charCodeAt(i) !== openBracket) return start
      const row: Row = new Array(width)
      for (let cell = 0; ; cell++) {
        if (cell === width || text.charCodeAt(++i) !== quote) return start
        const end = text.indexOf('"', ++i)
        if (end === -1) return start
        if (end - i > longestCopied) row[cell] = bytes.toString('latin1', i, end)
        else if (shared) row[cell] = shared[cell]!.cell(text, i, end)
        else row[cell] = text.substring(i, end)
        i = end + 1
        const next = text.charCodeAt(i)
        if (next === comma) continue
        if (next !== closeBracket || cell !== width - 1) return start
        break
      }
      const next = text.charCodeAt(i + 1)
      this.closed = next === closeBracket
      if (next !== comma && !this.closed) return start
      rows.push(row)
      start = i + 2
      if (this.closed) return i + 1
    }
  }

  /** Tried once a piece where it fails: what misleads it is likely to do so again, and looking for it takes time. */
  #guess(bytes: Buffer, from: number, width: number): number {
    const guess = guessedRows(bytes, from, width)
    if (guess) {
      for (const row of guess.rows) this.#rows.push(row)
      return guess.next
    }
    this.#guessable = false
    return from
  }

  #look(bytes: Buffer): void {
    this.#piece = bytes
    this.#guessable = true
    this.#plain = isPlain(bytes)
    this.#text = this.#plain ? bytes.toString('latin1') : ''
  }
}

/** Whether there is nothing in it but ASCII without backslashes and control characters. */
function isPlain(bytes: Buffer): boolean {
  return isAscii(bytes) && !bytes.includes(0x5c) && !hasControl(bytes)
}

/** Whether any byte of this ASCII is below 0x20: four at a time in the middle, where memory is aligned for it. */
function hasControl(bytes: Buffer): boolean {
  const start = Math.min((4 - (bytes.byteOffset % 4)) % 4, bytes.length)
  const words = (bytes.length - start) >> 2
  const middle = words > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + start, words) : []
  let found = 0
  for (let i = 0; i < middle.length; i++) {
    const word = middle[i]!
    found |= (word - 0x20202020) & ~word
  }
  if (found & 0x80808080) return true
  for (let i = 0; i < start; i++) if (bytes[i]! < 0x20) return true
  for (let i = start + middle.length * 4; i < bytes.length; i++) if (bytes[i]! < 0x20) return true
  return false
}
