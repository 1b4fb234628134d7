/** What a line feed, a quote, a comma are in bytes. */
const [lineFeed, quote, comma] = [0x0a, 0x22, 0x2c]

/** How many pieces of CSV are remembered in which cells hold line feeds: more than can be under way to a server. */
const mostPieces = 1000

/** A piece of CSV that has more lines than rows. */
interface Piece {
  readonly firstRow: number
  readonly firstLine: number
  /** In which line of it each row begins. */
  readonly lines: Uint32Array
  readonly lineCount: number
}

/**
 * Which row a line of CSV belongs to. A server counts lines, and a cell may hold line feeds. Lines and rows are counted
 * from 1; one line is in front of the rows.
 */
export class LineLedger {
  #rowCount = 0
  #lineCount = 1
  #pieces: Piece[] = []

  /** Some whole rows of CSV. */
  add(bytes: Buffer, rowCount: number): void {
    let lineCount = rowCount
    // A line feed in a cell stands between quotes, of which most CSV has none.
    if (bytes.includes(quote)) {
      const { starts, lines } = linesOf(bytes, rowCount)
      lineCount = lines
      if (lines > rowCount) {
        const [firstRow, firstLine] = [this.#rowCount, this.#lineCount]
        this.#pieces.push({ firstRow, firstLine, lines: starts, lineCount })
        if (this.#pieces.length > mostPieces) this.#pieces.shift()
      }
    }
    this.#rowCount += rowCount
    this.#lineCount += lineCount
  }

  rowOf(line: number): number {
    const piece = this.#pieces.findLast(({ firstLine }) => firstLine < line)
    if (!piece) {
      // Nothing in front of it had more lines than rows, as far as that is remembered.
      return line - 1
    }
    const within = line - piece.firstLine
    if (within > piece.lineCount) return piece.firstRow + piece.lines.length + within - piece.lineCount
    return piece.firstRow + piece.lines.findLastIndex((start) => start <= within) + 1
  }
}

function linesOf(bytes: Buffer, rowCount: number): { starts: Uint32Array; lines: number } {
  const starts = new Uint32Array(rowCount)
  let [row, lines, isQuoted] = [0, 0, false]
  let atStart = true
  for (let i = 0; i < bytes.length; i++) {
    if (atStart) {
      starts[row++] = lines + 1
      atStart = false
    }
    if (bytes[i] === quote) isQuoted = !isQuoted
    else if (bytes[i] === lineFeed) {
      lines += 1
      atStart = !isQuoted
    }
  }
  return { starts, lines }
}

/** The row and the column, each from 0, of a place in some whole rows of CSV. */
export function placeIn(bytes: Buffer, at: number): { row: number; column: number } {
  let [row, column, isQuoted] = [0, 0, false]
  for (let i = 0; i < at; i++) {
    if (bytes[i] === quote) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (bytes[i] === comma) column += 1
    else if (bytes[i] === lineFeed) {
      row += 1
      column = 0
    }
  }
  return { row, column }
}
