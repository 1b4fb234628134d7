import { type Options, stringify } from 'csv-stringify/sync'
import type { LineFormat } from '../kernel/text-kernel.ts'
import { hasText, jsonText, NoText, nameOf } from './json-text.ts'

/** How CSV is written. */
export interface CsvDialect {
  /** Between cells. Default `,`. */
  delimiter?: string | undefined
  /** Around a cell that holds a delimiter, a quote or a line break; doubled inside. Default `"`. */
  quote?: string | undefined
  /** Behind each line. Default a line feed. */
  eol?: string | undefined
  /**
   * Puts a `'` before a cell that a spreadsheet would run as a formula: text that starts with `= + - @`, a tab or a
   * line break. Numbers, also negative ones, stay as they are. Default false.
   */
  escapeFormulas?: boolean | undefined
}

const formulaStart = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const plainNumber = /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/

/** Whether text holds a character that the text of a number or a boolean may hold. */
const inNumbers = /[-+.\daefinytIN]/

/** Alone on a line, nothing is dropped by readers, and this ends a COPY of Postgres. */
const lostAlone = /^(\\\.)?$/

/**
 * Rows of cells as CSV lines, in csv-stringify's dialect. `null` and `undefined` are empty cells, booleans `1` and `0`
 * as DHIS2 writes them, dates ISO 8601, objects and arrays JSON. A line of one empty cell, or of `\.`, is quoted.
 *
 * In a common dialect lines are written here, at several times the speed of csv-stringify, which writes those with
 * longer delimiters or line ends of their own.
 */
export class CsvText {
  readonly delimiter: string
  readonly quote: string
  readonly eol: string
  readonly escapeFormulas: boolean
  /** Whether delimiter and quote are single ASCII characters and lines end as they usually do. */
  readonly isCommon: boolean
  readonly #options: Options
  readonly #special: RegExp
  readonly #plainNumbers: boolean

  constructor({ delimiter = ',', quote = '"', eol = '\n', escapeFormulas = false }: CsvDialect) {
    this.delimiter = delimiter
    this.quote = quote
    this.eol = eol
    this.escapeFormulas = escapeFormulas
    this.isCommon = /^[\0-\x7f]$/.test(delimiter) && /^[\0-\x7f]$/.test(quote) && /^\r?\n$/.test(eol)
    this.#special = new RegExp(`[${escaped(delimiter)}${escaped(quote)}\\r\\n]`)
    this.#plainNumbers = !inNumbers.test(delimiter + quote)
    this.#options = {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: eol,
      // Else a line break of another kind than `eol` would split the cell when it is read back.
      quote_record_delimiter: true,
    }
  }

  /** @throws NoText, or what a cell's own `toJSON` throws. */
  line(cells: readonly unknown[]): string {
    if (cells.length === 1) return this.#alone(cells[0])
    if (!this.isCommon) return stringify([cells.map((cell) => this.#text(cell))], this.#options)
    const { delimiter, escapeFormulas } = this
    const special = this.#special
    const plainNumbers = this.#plainNumbers
    let line = ''
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]
      if (i > 0) line += delimiter
      if (typeof cell === 'string') line += escapeFormulas || special.test(cell) ? this.cell(cell) : cell
      else if (typeof cell === 'number' && plainNumbers) line += cell
      else if (cell !== null && cell !== undefined) line += this.cell(cell)
    }
    return line + this.eol
  }

  /** How the lines of blocks are written; undefined where it takes a look at each whole line, or another hand. */
  format(width: number): LineFormat | undefined {
    if (!this.isCommon || width < 2) return undefined
    const { delimiter, quote, eol, escapeFormulas } = this
    return {
      openings: Array.from({ length: width }, (_, i) => (i ? delimiter : '')),
      closing: eol,
      textOf: (cell) => (typeof cell === 'number' && this.#plainNumbers ? `${cell}` : this.cell(cell)),
      quote: quote.charCodeAt(0),
      takesNumbers: this.#plainNumbers,
      around: '',
      marks: escapeFormulas ? undefined : [...Buffer.from(`${delimiter}${quote}\r\n`)],
    }
  }

  /**
   * One cell, in a common dialect.
   *
   * @throws NoText, or what the cell's own `toJSON` throws.
   */
  cell(cell: unknown): string {
    const text = this.#text(cell)
    if (!this.#special.test(text)) return text
    return this.quote + text.replaceAll(this.quote, this.quote + this.quote) + this.quote
  }

  #alone(cell: unknown): string {
    const text = this.#text(cell)
    if (lostAlone.test(text)) return this.quote + text + this.quote + this.eol
    return this.isCommon ? this.cell(cell) + this.eol : stringify([[text]], this.#options)
  }

  #text(cell: unknown): string {
    const text = cellText(cell)
    return this.escapeFormulas && typeof cell !== 'number' && isFormula(text) ? `'${text}` : text
  }
}

/**
 * The text of a cell, as it stands in CSV less its quotes.
 *
 * @throws NoText for what has none, such as an Invalid Date or a function.
 */
export function cellText(cell: unknown): string {
  switch (typeof cell) {
    case 'string':
      return cell
    case 'number':
    case 'bigint':
      return String(cell)
    case 'boolean':
      return cell ? '1' : '0'
    case 'object':
      if (cell === null) return ''
      return cell instanceof Date && hasText(cell) ? cell.toISOString() : jsonText(cell)
    case 'undefined':
      return ''
    default:
      throw new NoText(`${nameOf(cell)} has no CSV`)
  }
}

function isFormula(cell: string): boolean {
  return formulaStart.test(cell) && !plainNumber.test(cell)
}

/** Safe inside a character class. */
function escaped(text: string): string {
  return text.replace(/[\]\\^-]/g, '\\$&')
}
