import { type Options, stringify } from 'csv-stringify/sync'

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
   * carriage return. Numbers, also negative ones, stay as they are. Default false.
   */
  escapeFormulas?: boolean | undefined
}

const formulaStart = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/
const plainNumber = /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/

/**
 * Rows of cells as CSV lines, in csv-stringify's dialect. `null` and `undefined` are empty cells, booleans `1` and `0`
 * as DHIS2 writes them, dates ISO 8601, objects and arrays JSON.
 *
 * Rows of text, numbers, booleans and nothing are written here, at several times its speed; csv-stringify writes the
 * others, and all in a dialect with longer delimiters or line ends of its own.
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

  constructor({ delimiter = ',', quote = '"', eol = '\n', escapeFormulas = false }: CsvDialect) {
    this.delimiter = delimiter
    this.quote = quote
    this.eol = eol
    this.escapeFormulas = escapeFormulas
    this.isCommon = /^[\0-\x7f]$/.test(delimiter) && /^[\0-\x7f]$/.test(quote) && /^\r?\n$/.test(eol)
    this.#special = new RegExp(`[${escaped(delimiter)}${escaped(quote)}\\r\\n]`)
    this.#options = {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: eol,
      // Else a line break of another kind than `eol` would split the cell when it is read back.
      quote_record_delimiter: true,
      cast: {
        boolean: (value) => (value ? '1' : '0'),
        date: (value) => value.toISOString(),
        ...(escapeFormulas && { string: (value: string) => (isFormula(value) ? `'${value}` : value) }),
      },
    }
  }

  line(cells: readonly unknown[]): string {
    if (!this.isCommon) return stringify([cells as unknown[]], this.#options)
    let line = ''
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]
      if (i > 0) line += this.delimiter
      if (typeof cell === 'string') line += this.cell(cell)
      else if (typeof cell === 'number') line += cell
      else if (typeof cell === 'boolean') line += cell ? '1' : '0'
      else if (cell !== null && cell !== undefined) return stringify([cells as unknown[]], this.#options)
    }
    return line + this.eol
  }

  /** One cell of text, in a common dialect. */
  cell(text: string): string {
    const safe = this.escapeFormulas && isFormula(text) ? `'${text}` : text
    if (!this.#special.test(safe)) return safe
    return this.quote + safe.replaceAll(this.quote, this.quote + this.quote) + this.quote
  }
}

function isFormula(cell: string): boolean {
  return formulaStart.test(cell) && !plainNumber.test(cell)
}

/** Safe inside a character class. */
function escaped(text: string): string {
  return text.replace(/[\]\\^-]/g, '\\$&')
}
