import type { Row } from '../grid/grid.ts'
import { guessedRows } from '../grid/guessed-rows.ts'
import type { Taker } from '../json/taker.ts'
import { CsvKernel, type CsvMarks } from '../kernel/csv-kernel.ts'
import type { CsvText } from './csv-text.ts'

/** What numbers and booleans are written with. */
const inWords = /[0-9.+eE-]/

/** A longer row is no reason for a kernel that is kept to have more memory. */
const longestCut = 64 * 1024

let shared: CsvKernel | undefined | null = null

/**
 * Rows as CSV, written by the kernel straight from the bytes of the JSON. Rows that it leaves are parsed and written by
 * `CsvText`, many at a time where one follows another.
 */
export class CsvTaker implements Taker<Buffer> {
  rowCount = 0
  closed = false
  readonly #csv: CsvText
  readonly #marks: CsvMarks
  readonly #kernel: CsvKernel | undefined
  #piece: Buffer | undefined
  #guessable = true
  readonly #done: Buffer[] = []
  /** What is to be written behind that. */
  #lines = ''

  constructor(csv: CsvText) {
    const { delimiter, quote, eol, escapeFormulas } = csv
    this.#csv = csv
    this.#marks = {
      delimiter: delimiter.charCodeAt(0),
      quote: quote.charCodeAt(0),
      crlf: eol === '\r\n',
      escapeFormulas,
      takesWords: !inWords.test(delimiter + quote),
    }
    // The apostrophe in front of a formula would have to be quoted itself.
    if (escapeFormulas && (delimiter + quote).includes("'")) return
    if (shared === null) shared = CsvKernel.create()
    this.#kernel = shared
  }

  add(row: Row): void {
    this.#addAll([row])
  }

  take(): Buffer {
    if (this.#lines) this.#done.push(Buffer.from(this.#lines))
    this.#lines = ''
    const [first, ...rest] = this.#done
    this.#done.length = 0
    return first && rest.length === 0 ? first : Buffer.concat(first ? [first, ...rest] : [])
  }

  run(bytes: Buffer, from: number, width: number): number {
    this.closed = false
    if (bytes !== this.#piece) {
      this.#piece = bytes
      this.#guessable = true
    }
    const kernel = this.#kernel
    // What has to be quoted in a line of its own is known to `CsvText`.
    const stop = kernel && width > 1 ? kernel.run(bytes, from, width, this.#marks) : from
    if (stop === from) return this.#guessable ? this.#guess(bytes, from, width) : from
    this.closed = kernel!.closed
    this.rowCount += kernel!.rowCount
    this.#keep(kernel!.written)
    return stop
  }

  runOne(bytes: Buffer, width: number): boolean {
    const kernel = this.#kernel
    if (!kernel || width === 1 || bytes.length > longestCut) return false
    if (kernel.run(bytes, 0, width, this.#marks) < bytes.length) return false
    this.#lines += kernel.written.toString()
    this.rowCount += 1
    return true
  }

  /** Behind the lines that wait, in one buffer with them: that is how rows come as a rule, one cut by a piece's start and then many. */
  #keep(written: Uint8Array): void {
    const before = Buffer.byteLength(this.#lines)
    const bytes = Buffer.allocUnsafe(before + written.length)
    if (before) bytes.write(this.#lines)
    bytes.set(written, before)
    this.#lines = ''
    this.#done.push(bytes)
  }

  /** Tried once a piece where it fails, as what misleads it is likely to do so again. */
  #guess(bytes: Buffer, from: number, width: number): number {
    const guess = guessedRows(bytes, from, width)
    if (guess) this.#addAll(guess.rows)
    else this.#guessable = false
    return guess?.next ?? from
  }

  #addAll(rows: Row[]): void {
    for (const row of rows) this.#lines += this.#csv.line(row)
    this.rowCount += rows.length
  }
}
