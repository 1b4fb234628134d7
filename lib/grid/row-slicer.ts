import { GridFormatError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson } from './bytes.ts'
import type { Row } from './grid.ts'
import { closeBrace, closeBracket, comma, maxDepth, openBracket, Scanner } from './scan.ts'

/** Between two rows of a compact grid whose cells are strings. Inside a string it takes an escaped quote. */
const stringRowBoundary = Buffer.from('"],["')
const rowBoundary = Buffer.from('],[')

/** A cut that was guessed wrong costs a parse: a body where it keeps happening is scanned instead. */
const maxMisses = 8

/**
 * Cuts the inside of a rows array into slices of whole rows, and hands each to `JSON.parse`.
 *
 * The cut is first guessed, at the last thing in the piece that looks like a row boundary. The parse proves the
 * guess: text cut inside a string or inside a nested array does not parse. Where there is nothing to guess by, or the
 * guess was wrong, a scan that knows strings and depth finds the boundaries. What is left behind the cut is always
 * scanned, so that the end of the array is noticed at once.
 */
export class RowSlicer {
  /** '[' and then the rows, or the part of one, that are not handed on yet. */
  readonly #pending = new ByteBuffer()
  readonly #scanner = new Scanner()
  #offset: number
  #rowExpected = false
  #misses = 0

  /** `offset` is where the first row would start in the body, in bytes. */
  constructor(offset: number) {
    this.#offset = offset
    this.#pending.appendByte(openBracket)
  }

  /** How many bytes of an unfinished row are held. */
  get held(): number {
    return this.#pending.length - 1
  }

  /** Yields the rows that end in this piece; returns the index behind the array's end, or -1 where it goes on. */
  *read(piece: Buffer, offset: number): Generator<Row[], number> {
    let from = 0
    const cut = this.#guess(piece)
    if (cut !== -1) {
      const rows = this.#proven(piece.subarray(0, cut))
      if (rows) {
        this.#startRow(offset + cut + 1)
        from = cut + 1
        yield rows
      } else this.#misses += 1
    }

    let boundary = -1
    let closed = false
    for (let at = from; !closed; at = boundary + 1) {
      const found = this.#scanner.next(piece, at)
      if (found === -1) break
      if (this.#scanner.depth > maxDepth) {
        throw new GridFormatError(`A cell nested deeper than ${maxDepth}`, { offset: offset + found })
      }
      boundary = found
      closed = piece[found] !== comma
    }
    if (boundary !== -1) {
      this.#pending.append(piece.subarray(from, boundary))
      yield this.#parsed(closed)
      if (piece[boundary] === closeBrace)
        throw new GridFormatError('Malformed JSON', { offset: offset + boundary })
      this.#startRow(offset + boundary + 1)
      from = boundary + 1
    }
    if (closed) return from
    this.#pending.append(piece.subarray(from))
    return -1
  }

  #guess(piece: Buffer): number {
    if (this.#misses >= maxMisses) return -1
    const strings = piece.lastIndexOf(stringRowBoundary)
    if (strings !== -1) return strings + 2
    const any = piece.lastIndexOf(rowBoundary)
    return any === -1 ? -1 : any + 1
  }

  #proven(bytes: Buffer): Row[] | undefined {
    const { length } = this.#pending
    this.#pending.append(bytes)
    this.#pending.appendByte(closeBracket)
    try {
      return parseJson(this.#pending.view()) as Row[]
    } catch {
      this.#pending.truncate(length)
      return undefined
    }
  }

  #parsed(closed: boolean): Row[] {
    this.#pending.appendByte(closeBracket)
    const bytes = this.#pending.view()
    let rows: Row[]
    try {
      rows = parseJson(bytes) as Row[]
    } catch (error) {
      throw formatError(error, bytes, this.#offset - 1)
    }
    if (rows.length === 0 && (this.#rowExpected || !closed)) {
      throw new GridFormatError('Malformed JSON: a row is missing', { offset: this.#offset })
    }
    return rows
  }

  #startRow(offset: number): void {
    this.#pending.truncate(1)
    this.#scanner.reset()
    this.#offset = offset
    this.#rowExpected = true
  }
}
