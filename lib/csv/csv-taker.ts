import { isUtf8 } from 'node:buffer'
import type { Row } from '../grid/grid.ts'
import { guessedRows } from '../grid/guessed-rows.ts'
import { backslash, closeBracket, comma, openBracket, quote } from '../json/scan.ts'
import type { Taker } from '../json/taker.ts'
import type { CsvText } from './csv-text.ts'
import { CsvWord } from './csv-word.ts'

/** What a byte inside a JSON string is to a CSV cell. */
const kind = { plain: 0, quoting: 1, end: 2, escape: 3, odd: 4, malformed: 5 } as const

/** What numbers and booleans are written with. */
const inWords = /[0-9.+eE-]/

/** What JSON's one-letter escapes stand for. */
const escapes = new Map(
  [...'"\\/bfnrt'].map((letter) => [letter.charCodeAt(0), JSON.parse(`"\\${letter}"`) as string]),
)

/**
 * Rows as CSV, written in one pass over the bytes of the JSON: a JSON string without escapes already is a CSV
 * cell, less its quotes, and so are most numbers as they stand. Cells that hold anything out of the ordinary are decoded
 * and written by `CsvText`, and so is every row with an object or an array in it, or with white space: many at a time, where
 * one follows another.
 */
export class CsvTaker implements Taker<Buffer> {
  rowCount = 0
  closed = false
  readonly #csv: CsvText
  readonly #kinds: Uint8Array
  readonly #escapes = new Uint8Array(256)
  readonly #delimiter: number
  readonly #quote: number
  readonly #eol: Buffer
  /** Whether numbers and booleans hold nothing that this dialect would quote. */
  readonly #takesWords: boolean
  #piece: Buffer | undefined
  #lastQuote = -1
  #guessable = true
  readonly #word = new CsvWord()
  #out = Buffer.allocUnsafe(160 * 1024)
  #length = 0

  constructor(csv: CsvText) {
    this.#csv = csv
    this.#delimiter = csv.delimiter.charCodeAt(0)
    this.#quote = csv.quote.charCodeAt(0)
    this.#eol = Buffer.from(csv.eol)
    this.#takesWords = !inWords.test(csv.delimiter + csv.quote)
    this.#kinds = kindsOf(this.#delimiter, this.#quote)
    for (const [letter, meaning] of escapes) this.#escapes[letter] = meaning.charCodeAt(0)
  }

  add(row: Row): void {
    this.#addAll([row])
  }

  take(): Buffer {
    const bytes = Buffer.from(this.#out.subarray(0, this.#length))
    this.#length = 0
    return bytes
  }

  run(bytes: Buffer, from: number, width: number): number {
    this.closed = false
    // What has to be quoted in a line of its own is known to `CsvText`.
    if (width === 1) return from
    // A cell at most doubles: where every character is a quote of a dialect with another quote than JSON's.
    this.#reserve((bytes.length - from) * 2)
    const before = { length: this.#length, rowCount: this.rowCount }
    if (bytes !== this.#piece) this.#look(bytes)
    const stop = this.#write(bytes, from, width)
    if (stop === from) return this.#guessable ? this.#guess(bytes, from, width) : from
    if (isUtf8(bytes.subarray(from, stop))) return stop
    this.#length = before.length
    this.rowCount = before.rowCount
    this.closed = false
    return from
  }

  #write(bytes: Buffer, from: number, width: number): number {
    const out = this.#out
    const kinds = this.#kinds
    const eol = this.#eol
    const delimiter = this.#delimiter
    const escapeFormulas = this.#csv.escapeFormulas
    const takesWords = this.#takesWords
    const word = this.#word
    const lastQuote = this.#lastQuote
    const { length } = bytes
    let start = from
    let o = this.#length
    for (;;) {
      let i = start
      // Never read past the end: that alone makes the reads of this loop slower.
      if (i >= length || bytes[i] !== openBracket) return start
      for (let cell = 0; ; cell++) {
        if (cell === width || ++i >= length) return start
        if (bytes[i] !== quote) {
          if (!takesWords) return start
          i = word.write(bytes, i, out, o)
          if (i === -1 || i >= length) return start
          o = word.end
          const next = bytes[i]
          if (next === comma) out[o++] = delimiter
          else if (next === closeBracket && cell === width - 1) break
          else return start
          continue
        }
        if (i >= lastQuote) return start
        const cellStart = ++i
        const cellOut = o
        let quoting = false
        let odd = escapeFormulas && mayStartFormula(bytes[i]!)
        // There is a quote ahead, so that this ends without looking for the end of the bytes.
        for (;;) {
          const byte = bytes[i]!
          const what = kinds[byte]
          if (what === kind.plain) out[o++] = byte
          else if (what === kind.end) break
          else if (what === kind.quoting) {
            out[o++] = byte
            quoting = true
          } else if (what === kind.escape) {
            // Where the last quote is an escaped one, the cell goes on in another piece.
            if (++i >= lastQuote) return start
            const meaning = this.#escapes[bytes[i]!]!
            if (meaning === quote && this.#quote === quote) {
              out[o++] = quote
              out[o++] = quote
              quoting = true
              // A \u escape, or nonsense, or another dialect's quote: decoded below.
            } else if (meaning === 0 || meaning === this.#quote) odd = true
            else {
              out[o++] = meaning
              quoting ||= meaning === this.#delimiter || meaning === 0x0a || meaning === 0x0d
            }
          } else if (what === kind.odd) odd = true
          else return start
          i++
        }
        if (odd) {
          const text = this.#decoded(bytes, cellStart, i)
          if (text === undefined) return start
          o = cellOut + out.write(this.#csv.cell(text), cellOut)
        } else if (quoting) {
          out.copyWithin(cellOut + 1, cellOut, o)
          out[cellOut] = this.#quote
          out[o + 1] = this.#quote
          o += 2
        }
        const next = bytes[++i]
        if (next === comma) out[o++] = delimiter
        else if (next === closeBracket && cell === width - 1) break
        else return start
      }
      const next = bytes[++i]
      this.closed = next === closeBracket
      if (next !== comma && !this.closed) return start
      for (let k = 0; k < eol.length; k++) out[o++] = eol[k]!
      this.#length = o
      this.rowCount += 1
      if (this.closed) return i
      start = i + 1
    }
  }

  /** Tried once a piece where it fails, as what misleads it is likely to do so again. */
  #guess(bytes: Buffer, from: number, width: number): number {
    const guess = guessedRows(bytes, from, width)
    if (guess) this.#addAll(guess.rows)
    else this.#guessable = false
    return guess?.next ?? from
  }

  #addAll(rows: Row[]): void {
    let lines = ''
    for (const row of rows) lines += this.#csv.line(row)
    this.#reserve(lines.length * 3)
    this.#length += this.#out.write(lines, this.#length)
    this.rowCount += rows.length
  }

  #look(bytes: Buffer): void {
    this.#piece = bytes
    this.#lastQuote = bytes.lastIndexOf(quote)
    this.#guessable = true
  }

  #decoded(bytes: Buffer, from: number, to: number): string | undefined {
    try {
      return JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string
    } catch {
      return undefined
    }
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#out.length) return
    const larger = Buffer.allocUnsafe((this.#length + more) * 2)
    larger.set(this.#out.subarray(0, this.#length))
    this.#out = larger
  }
}

/** The ASCII ones, an escaped one, or the first byte of one that is not ASCII. */
function mayStartFormula(byte: number): boolean {
  return byte >= 0x80 || byte === backslash || '=+-@'.includes(String.fromCharCode(byte))
}

function kindsOf(delimiter: number, csvQuote: number): Uint8Array {
  const kinds = new Uint8Array(256)
  kinds[delimiter] = kind.quoting
  kinds[csvQuote] = kind.odd
  kinds.fill(kind.malformed, 0, 0x20)
  kinds[quote] = kind.end
  kinds[backslash] = kind.escape
  return kinds
}
