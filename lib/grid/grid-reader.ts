import { errorObject } from '../error-object.ts'
import { GridFormatError, TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import { ByteBuffer } from '../json/bytes.ts'
import { type ArraySlicer, defaultMaxBufferedBytes, FrameReader, pieceBytes } from '../json/frame-reader.ts'
import type { Taker } from '../json/taker.ts'
import { type Header, headersSchema, type MetaData } from './grid.ts'
import { RowSlicer } from './row-slicer.ts'

export interface GridReaderOptions {
  /** Called once, before the first row is handed on. `metaData` may still come, behind the rows. */
  onHeaders(headers: Header[], metaData: MetaData | undefined): void
  /**
   * How many bytes may be held of a row, of the rows that come before the headers, or of all that is around the rows,
   * `metaData` above all. Many small values count for more than their bytes. Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
  /** The key of the outermost object that the grid is under, where it is not the outermost object itself. */
  path?: string | undefined
}

/**
 * Reads the bytes of one JSON grid, in pieces of any size, into rows: constant memory, one pass. Keys may come in
 * any order.
 *
 * @throws GridFormatError, UnexpectedContentError, TruncatedResponseError, Dhis2ApiError
 */
export class GridReader {
  readonly #options: GridReaderOptions
  readonly #limit: number
  readonly #frame: FrameReader
  #headers: Header[] | undefined
  #announced = false
  #rowCount = 0
  /** The rows that come before the headers, as bytes: as arrays they take many times the memory. */
  readonly #early = new ByteBuffer()
  #earlyFrom = 0
  readonly #counted = new CountedRows()
  #taker: Taker<unknown> = this.#counted

  constructor(options: GridReaderOptions) {
    this.#options = options
    this.#limit = options.maxBufferedBytes ?? defaultMaxBufferedBytes
    this.#frame = new FrameReader({
      key: 'rows',
      expected: 'a grid',
      foreign: { dataValues: 'A dataValueSet' },
      path: options.path,
      maxBufferedBytes: this.#limit,
      slicer: (offset) => this.#beginRows(offset),
      onValue: (key, value, offset) => {
        if (key === 'headers') this.#keepHeaders(value, offset)
      },
    })
  }

  /** Everything of the grid but its rows, by key: complete after `end()`. */
  get fields(): ReadonlyMap<string, unknown> {
    return this.#frame.fields
  }

  /** What there is beside the grid, where it is under a `path`. */
  get around(): ReadonlyMap<string, unknown> {
    return this.#frame.around
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /**
   * Reads on, and yields what becomes of the rows that end in this chunk, some at a time; `takerOf` is asked each time
   * what that is to be.
   */
  *read<T>(chunk: Uint8Array, takerOf: () => Taker<T>): Generator<T, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.length; ) {
      const taker = this.#headers ? takerOf() : undefined
      this.#taker = taker ?? this.#counted
      const before = this.#taker.rowCount
      at += this.#frame.read(bytes.subarray(at, at + pieceBytes))
      const rows = this.#taker.rowCount - before
      this.#rowCount += rows
      if (taker && rows > 0) yield taker.take()
    }
  }

  /** The body has ended: yields what was held back, and checks that nothing is missing. */
  *end<T>(taker: Taker<T>): Generator<T, void> {
    this.#frame.end()
    const { fields } = this
    if (!this.#frame.seen) throw errorObject(this.#frame.fields) ?? this.#frame.absence()
    if (!this.#headers) throw new UnexpectedContentError('A grid without headers')
    if (fields.get('headers') !== this.#headers) {
      throw new GridFormatError('A second value of headers', { offset: this.#frame.offset })
    }
    if (!this.#announced) yield* this.#announceLate(taker)
    this.#checkHeight(fields.get('height') ?? this.#rowCount)
  }

  #checkHeight(height: unknown): void {
    if (typeof height !== 'number' || !Number.isInteger(height) || height < 0) {
      const excerpt = JSON.stringify(height).slice(0, 80)
      throw new GridFormatError('A height that is no number of rows', { offset: this.#frame.offset, excerpt })
    }
    if (height !== this.#rowCount) {
      throw new TruncatedResponseError(`The grid says it has ${height} rows, but ${this.#rowCount} came`, {
        unit: 'rows',
        expected: height,
        received: this.#rowCount,
      })
    }
  }

  #beginRows(offset: number): ArraySlicer {
    const rows = new RowSlicer(offset, this.#headers?.length ?? 0, () => this.#taker)
    if (this.#headers) {
      this.#announce(this.#headers)
      return rows
    }
    this.#earlyFrom = offset
    return {
      get held() {
        return rows.held
      },
      read: (piece, at) => {
        const end = rows.read(piece, at)
        const part = end === -1 ? piece : piece.subarray(0, end)
        if (this.#early.length + part.length > this.#limit) {
          const message = `The rows before the headers take more than ${this.#limit} bytes (maxBufferedBytes)`
          throw new GridFormatError(message, { offset: at })
        }
        this.#early.append(part)
        return end
      },
    }
  }

  #keepHeaders(value: unknown, offset: number): void {
    if (this.#headers) throw new GridFormatError('A second headers array', { offset })
    const result = headersSchema.safeParse(value)
    if (!result.success) throw new GridFormatError(`headers: ${result.error.issues[0]?.message}`, { offset })
    this.#headers = value as Header[]
  }

  #announce(headers: Header[]): void {
    this.#announced = true
    this.#options.onHeaders(headers, this.fields.get('metaData') as MetaData | undefined)
  }

  *#announceLate<T>(taker: Taker<T>): Generator<T, void> {
    const headers = this.#headers!
    this.#announce(headers)
    const rows = new RowSlicer(this.#earlyFrom, headers.length, () => taker)
    const bytes = this.#early.view()
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const before = taker.rowCount
      rows.read(bytes.subarray(at, at + pieceBytes), this.#earlyFrom + at)
      if (taker.rowCount > before) yield taker.take()
    }
  }
}

/** Rows of which only the number matters yet. */
class CountedRows implements Taker<void> {
  rowCount = 0
  readonly closed = false

  run(_bytes: Buffer, from: number): number {
    return from
  }

  add(): void {
    this.rowCount += 1
  }

  take(): void {}
}
