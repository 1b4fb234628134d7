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
 * Rows of cells to CSV lines, in csv-stringify's dialect. `null` and `undefined` are empty cells, booleans `1` and `0`
 * as DHIS2 writes them, dates ISO 8601, objects and arrays JSON.
 *
 * A row whose cells need no quoting takes a short cut past csv-stringify.
 */
export function csvWriter(dialect: CsvDialect): (cells: readonly unknown[]) => string {
  const { delimiter = ',', quote = '"', eol = '\n', escapeFormulas = false } = dialect
  const options: Options = {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: eol,
    cast: {
      boolean: (value) => (value ? '1' : '0'),
      date: (value) => value.toISOString(),
      ...(escapeFormulas && { string: (value: string) => (isFormula(value) ? `'${value}` : value) }),
    },
  }
  const special = new RegExp(`[${`${delimiter}${quote}${eol}\r\n`.split('').map(escaped).join('')}]`)

  return (cells) => {
    let line = ''
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]
      if (i > 0) line += delimiter
      if (typeof cell === 'string') {
        if (special.test(cell) || (escapeFormulas && isFormula(cell))) return stringify([cells], options)
        line += cell
      } else if (typeof cell === 'number') line += cell
      else if (cell !== null && cell !== undefined) return stringify([cells], options)
    }
    return line + eol
  }
}

function isFormula(cell: string): boolean {
  return formulaStart.test(cell) && !plainNumber.test(cell)
}

/** Any UTF-16 code unit, safe inside a character class. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
