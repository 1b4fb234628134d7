import { isUtf8 } from 'node:buffer'
import { Dhis2ApiError, GridFormatError, TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson, unfinished, utf8Error } from './bytes.ts'
import { frameSchemas, type Header, type MetaData } from './grid.ts'
import type { RowLane } from './row-lane.ts'
import { RowSlicer } from './row-slicer.ts'
import { RowsLane } from './rows-lane.ts'
import { closeBrace, closeBracket, comma, maxDepth, openBrace, openBracket, Scanner } from './scan.ts'
import { Skeleton } from './skeleton.ts'

/** How much is read between two chances for a slow consumer to catch up. */
const pieceBytes = 64 * 1024

export interface GridReaderOptions {
  /** Called once, before the first row is handed on. `metaData` may still come, behind the rows. */
  onHeaders(headers: Header[], metaData: MetaData | undefined): void
  /**
   * How many bytes may be held of one value: a row, `metaData`, or the rows that come before the headers.
   * Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
  /** The key of the outermost object that the grid is under, where it is not the outermost object itself. */
  path?: string | undefined
}

/**
 * Reads the bytes of one JSON grid, in pieces of any size, into rows: constant memory, one pass.
 *
 * Whatever is outside the rows array is left to `Skeleton`, with each object and array in it taken whole; the
 * rows array goes through `RowSlicer`. Keys may come in any order.
 *
 * @throws GridFormatError, UnexpectedContentError, TruncatedResponseError, Dhis2ApiError
 */
export class GridReader {
  readonly #options: GridReaderOptions
  readonly #limit: number
  readonly #root = new Skeleton()
  /** Of the grid itself: the outermost object, or the one under `path` once it was met. */
  #grid: Skeleton | undefined
  /** The one that is being read. */
  #skeleton = this.#root
  readonly #scanner = new Scanner()
  /** The beginning of a character that a piece ended in. */
  #cut = Buffer.alloc(0)
  #value: ByteBuffer | undefined
  #rows: RowSlicer | undefined
  #offset = 0
  #rowsSeen = false
  #rowCount = 0
  #headers: Header[] | undefined
  #announced = false
  /** Takes the rows that come before the headers. */
  readonly #early = new RowsLane()
  #earlyFrom = 0

  constructor(options: GridReaderOptions) {
    this.#options = options
    this.#limit = options.maxBufferedBytes ?? 128 * 1024 * 1024
    if (options.path === undefined) this.#grid = this.#root
  }

  /** Everything of the grid but its rows, by key: complete after `end()`. */
  get fields(): ReadonlyMap<string, unknown> {
    return (this.#grid ?? this.#root).fields
  }

  /** What there is beside the grid, where it is under a `path`. */
  get around(): ReadonlyMap<string, unknown> {
    return this.#root.fields
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Reads on, and yields what the lane makes of the rows that end in this chunk, some at a time. */
  *read<T>(chunk: Uint8Array, lane: RowLane<T>): Generator<T, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + pieceBytes)
      const before = this.#rowCount
      const read = this.#rows ? this.#readRows(this.#rows, piece, lane) : this.#readOutside(piece)
      at += read
      this.#offset += read
      if (this.#announced && this.#rowCount > before) yield lane.take()
    }
  }

  /** The body has ended: yields what was held back, and checks that nothing is missing. */
  *end<T>(lane: RowLane<T>): Generator<T, void> {
    const { fields } = this
    const { path } = this.#options
    if (this.#offset === 0) throw new UnexpectedContentError('An empty body where a grid was expected')
    const isInside = this.#value || this.#rows || this.#cut.length || this.#skeleton !== this.#root
    if (isInside || !this.#root.end()) {
      throw new TruncatedResponseError(`The JSON stops in the middle, after ${this.#offset} bytes`, {
        unit: 'bytes',
        received: this.#offset,
      })
    }
    if (!this.#rowsSeen) throw notAGrid(fields, path)
    if (path !== undefined && this.around.has(path)) this.#refuse(`A second value of ${path}`, 0)
    if (!this.#headers) throw new UnexpectedContentError('A grid without headers')
    if (fields.has('rows')) this.#refuse('A second value of rows', 0)
    if (fields.get('headers') !== this.#headers) this.#refuse('A second value of headers', 0)
    if (!this.#announced) yield* this.#announceLate(lane)
    const height = fields.get('height')
    if (typeof height === 'number' && height !== this.#rowCount) {
      throw new TruncatedResponseError(`The grid says it has ${height} rows, but ${this.#rowCount} came`, {
        unit: 'rows',
        expected: height,
        received: this.#rowCount,
      })
    }
  }

  #readRows(rows: RowSlicer, piece: Buffer, given: RowLane<unknown>): number {
    const lane = this.#announced ? given : this.#early
    const before = lane.rowCount
    const end = rows.read(piece, this.#offset, lane)
    this.#rowCount += lane.rowCount - before
    this.#bound(rows.held, 'A row')
    if (!this.#announced) this.#bound(this.#offset - this.#earlyFrom, 'The rows before the headers')
    if (end === -1) return piece.length
    this.#rows = undefined
    return end
  }

  /** Reads to the end of one value, or to where the next begins; returns how many bytes that took. */
  #readOutside(piece: Buffer): number {
    if (this.#value) return this.#readValue(this.#value, piece)
    const isInner = this.#skeleton !== this.#root
    const opening = this.#scanner.nextOpening(piece, 0, isInner)
    const end = opening === -1 ? piece.length : opening
    this.#readSkeleton(piece.subarray(0, end), opening === -1)
    if (opening === -1) return end
    const byte = piece[opening]!
    if (isInner && (byte === closeBrace || byte === closeBracket)) {
      this.#skeleton.read(byte === closeBrace ? '}' : ']', this.#offset + opening)
      this.#skeleton = this.#root
      return opening + 1
    }
    if (this.#skeleton.depth === 0) {
      if (byte === openBracket && !this.#skeleton.complete)
        throw new UnexpectedContentError('A JSON array where a grid was expected')
      this.#readSkeleton(piece.subarray(opening, opening + 1))
      return opening + 1
    }
    // Folded to an empty pair: stream-json says whether a value may stand here, and whose it is.
    this.#skeleton.read(byte === openBracket ? '[]' : '{}', this.#offset + opening)
    const isGrid = this.#skeleton === this.#grid
    if (!isInner && !isGrid && this.#skeleton.key === this.#options.path && byte === openBrace) {
      if (this.#grid) this.#refuse(`A second value of ${this.#options.path}`, opening)
      this.#grid = this.#skeleton = new Skeleton()
      this.#skeleton.read('{', this.#offset + opening)
    } else if (isGrid && this.#skeleton.key === 'rows' && byte === openBracket) {
      if (this.#rowsSeen) this.#refuse('A second rows array', opening)
      this.#rowsSeen = true
      this.#rows = new RowSlicer(this.#offset + opening + 1, this.#headers?.length ?? 0)
      this.#earlyFrom = this.#offset
      this.#announceIfKnown()
    } else {
      if (isGrid && this.#skeleton.key === 'dataValues') throw notAGrid(new Map([['dataValues', undefined]]))
      this.#value = new ByteBuffer()
      this.#value.append(piece.subarray(opening, opening + 1))
    }
    this.#scanner.reset()
    return opening + 1
  }

  /** `goesOn` says whether a character may end in the next piece. */
  #readSkeleton(piece: Buffer, goesOn = false): void {
    let offset = this.#offset - this.#cut.length
    const all = this.#cut.length ? Buffer.concat([this.#cut, piece]) : piece
    const whole = goesOn ? all.subarray(0, all.length - unfinished(all)) : all
    if (!isUtf8(whole)) throw utf8Error(all, offset)
    this.#cut = Buffer.from(all.subarray(whole.length))
    let text = whole.toString()
    if (offset === 0 && text.startsWith('\uFEFF')) {
      text = text.slice(1)
      offset = 3
    }
    if (this.#skeleton.depth === 0 && !this.#skeleton.complete && /[^\s{]/.test(text)) {
      const excerpt = text.trim().slice(0, 80)
      throw new UnexpectedContentError(`${JSON.stringify(excerpt)} where a grid was expected`, { excerpt })
    }
    this.#skeleton.read(text, offset)
    this.#bound(this.#skeleton.length, 'What is around the rows')
  }

  #readValue(value: ByteBuffer, piece: Buffer): number {
    let end = this.#scanner.next(piece, 0)
    while (end !== -1 && piece[end] === comma) end = this.#scanner.next(piece, end + 1)
    const read = end === -1 ? piece.length : end + 1
    value.append(piece.subarray(0, read))
    this.#bound(value.length, this.#skeleton.key)
    if (this.#scanner.depth > maxDepth)
      this.#refuse(`${this.#skeleton.key} nests deeper than ${maxDepth}`, end)
    if (end === -1) return read

    const start = this.#offset + read - value.length
    let parsed: unknown
    try {
      parsed = parseJson(value.view())
    } catch (error) {
      throw formatError(error, value.view(), start)
    }
    this.#keep(this.#skeleton.key, parsed, start)
    this.#value = undefined
    this.#scanner.reset()
    return read
  }

  #keep(key: string, value: unknown, offset: number): void {
    if (key === 'headers' && this.#skeleton === this.#grid) {
      if (this.#headers) throw new GridFormatError('A second headers array', { offset })
      const result = frameSchemas.headers.safeParse(value)
      if (!result.success)
        throw new GridFormatError(`headers: ${result.error.issues[0]?.message}`, { offset })
      this.#headers = value as Header[]
    }
    this.#skeleton.fields.set(key, value)
  }

  #announceIfKnown(): void {
    if (!this.#headers) return
    this.#announced = true
    this.#options.onHeaders(this.#headers, this.fields.get('metaData') as MetaData | undefined)
  }

  *#announceLate<T>(lane: RowLane<T>): Generator<T, void> {
    this.#announceIfKnown()
    const rows = this.#early.take()
    const width = this.#headers?.length
    for (const row of rows) {
      if (width && row.length !== width)
        this.#refuse(`A row of ${row.length} cells under ${width} headers`, 0)
      lane.add(row)
    }
    if (rows.length) yield lane.take()
  }

  #bound(bytes: number, what: string): void {
    if (bytes > this.#limit)
      this.#refuse(`${what} takes more than ${this.#limit} bytes (maxBufferedBytes)`, 0)
  }

  #refuse(message: string, position: number): never {
    throw new GridFormatError(message, { offset: this.#offset + position })
  }
}

/** What came instead, for a body that is whole but holds no rows. */
function notAGrid(fields: ReadonlyMap<string, unknown>, path?: string): Error {
  const status = fields.get('httpStatusCode')
  const errorCode = fields.get('errorCode')
  if (typeof status === 'number' || fields.get('status') === 'ERROR') {
    return new Dhis2ApiError(`${status ?? 200}: ${fields.get('message') ?? 'an error without a message'}`, {
      status: typeof status === 'number' ? status : 200,
      errorCode: typeof errorCode === 'string' ? errorCode : undefined,
      body: Object.fromEntries(fields),
    })
  }
  if (fields.has('dataValues')) return new UnexpectedContentError('A dataValueSet where a grid was expected')
  const names = [...fields.keys()].slice(0, 10).join(', ') || 'none'
  return new UnexpectedContentError(
    `A JSON object without ${path === undefined ? '' : `${path}.`}rows where a grid was expected; its fields: ${names}`,
  )
}
