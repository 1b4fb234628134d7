import { isUtf8 } from 'node:buffer'
import { GridFormatError, TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson, unfinished, utf8Error } from './bytes.ts'
import { errorObject } from './error-object.ts'
import { closeBrace, closeBracket, comma, maxDepth, openBracket, Scanner } from './scan.ts'
import { Skeleton } from './skeleton.ts'

/** How much is read between two chances for a slow consumer to catch up. */
export const pieceBytes = 64 * 1024

/** How many bytes may be held of one value, unless the user says otherwise. */
export const defaultMaxBufferedBytes = 128 * 1024 * 1024

/** Takes the inside of an array, piece by piece. */
export interface ArraySlicer {
  /** How many bytes of an unfinished element are held. */
  readonly held: number
  /** Reads a piece, which starts at `offset` of the body; the index behind the array's end, or -1 where it goes on. */
  read(piece: Buffer, offset: number): number
}

export interface FrameReaderOptions {
  /** The key whose array is handed on; it must come once. */
  readonly key: string
  /** What that makes of the body, with its article. */
  readonly expected: string
  /** Keys of arrays and objects that only another kind of body has, and what that is, with its article. */
  readonly foreign: Readonly<Record<string, string>>
  /** The key of the object that all this is in, where it is not the outermost object. */
  readonly path?: string | undefined
  readonly maxBufferedBytes: number
  /** Makes the taker of the array whose inside starts at `offset` of the body. */
  slicer(offset: number): ArraySlicer
  /** Told of each other array and object, which start at `offset`, before they are kept. */
  onValue?(key: string, value: unknown, offset: number): void
}

/**
 * Reads a JSON object around one long array in it, in pieces of any size: `Skeleton` has the say on all that is
 * outside of values, every other object and array is taken whole, and the array goes to a slicer.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions
  readonly #root = new Skeleton()
  /** Of the object the array is in: the outermost, or the one under `path` once it was met. */
  #frame: Skeleton | undefined
  /** The one that is being read. */
  #skeleton = this.#root
  readonly #scanner = new Scanner()
  /** The beginning of a character that a piece ended in. */
  #cut = Buffer.alloc(0)
  #value: ByteBuffer | undefined
  #slicer: ArraySlicer | undefined
  #offset = 0
  #seen = false

  constructor(options: FrameReaderOptions) {
    this.#options = options
    if (options.path === undefined) this.#frame = this.#root
  }

  /** Everything but the array, by key. */
  get fields(): ReadonlyMap<string, unknown> {
    return (this.#frame ?? this.#root).fields
  }

  /** What there is beside the object under `path`. */
  get around(): ReadonlyMap<string, unknown> {
    return this.#root.fields
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset
  }

  /** Whether the array came. */
  get seen(): boolean {
    return this.#seen
  }

  /** Reads some of a piece, and returns how many bytes that was. */
  read(piece: Buffer): number {
    const read = this.#slicer ? this.#readArray(this.#slicer, piece) : this.#readOutside(piece)
    this.#offset += read
    return read
  }

  /** The body has ended: throws where it should not have, or where something came twice. */
  end(): void {
    const { expected, path, key } = this.#options
    if (this.#offset === 0) throw new UnexpectedContentError(`An empty body where ${expected} was expected`)
    const isInside = this.#value || this.#slicer || this.#cut.length || this.#skeleton !== this.#root
    if (isInside || !this.#root.end()) {
      throw new TruncatedResponseError(`The JSON stops in the middle, after ${this.#offset} bytes`, {
        unit: 'bytes',
        received: this.#offset,
      })
    }
    if (path !== undefined && this.#frame && this.#root.fields.has(path))
      this.#refuse(`A second value of ${path}`, 0)
    if (this.#seen && this.fields.has(key)) this.#refuse(`A second value of ${key}`, 0)
  }

  /** What to say of a body that is whole and does not hold the array. */
  absence(): Error {
    const { fields } = this
    const { expected, path, key } = this.#options
    const names = [...fields.keys()].slice(0, 10).join(', ') || 'none'
    const missing = path === undefined ? key : `${path}.${key}`
    return (
      errorObject(fields) ??
      new UnexpectedContentError(
        `A JSON object without ${missing} where ${expected} was expected; its fields: ${names}`,
      )
    )
  }

  #readArray(slicer: ArraySlicer, piece: Buffer): number {
    const end = slicer.read(piece, this.#offset)
    this.#bound(slicer.held, `An element of ${this.#options.key}`)
    if (end === -1) return piece.length
    this.#slicer = undefined
    return end
  }

  #readOutside(piece: Buffer): number {
    if (this.#value) return this.#readValue(this.#value, piece)
    const isInner = this.#skeleton !== this.#root
    const mark = this.#scanner.nextOpening(piece, 0, isInner)
    const end = mark === -1 ? piece.length : mark
    this.#readSkeleton(piece.subarray(0, end), mark === -1)
    if (mark === -1) return end
    const byte = piece[mark]!
    if (isInner && (byte === closeBrace || byte === closeBracket)) {
      this.#skeleton.read(byte === closeBrace ? '}' : ']', this.#offset + mark)
      this.#skeleton = this.#root
      return mark + 1
    }
    if (this.#skeleton.depth === 0) {
      if (byte === openBracket && !this.#skeleton.complete) {
        throw new UnexpectedContentError(`A JSON array where ${this.#options.expected} was expected`)
      }
      this.#readSkeleton(piece.subarray(mark, mark + 1), false)
      return mark + 1
    }
    // Folded to an empty pair: stream-json says whether a value may stand here, and whose it is.
    this.#skeleton.read(byte === openBracket ? '[]' : '{}', this.#offset + mark)
    this.#begin(piece, mark)
    this.#scanner.reset()
    return mark + 1
  }

  #begin(piece: Buffer, opening: number): void {
    const { key } = this.#skeleton
    const { foreign, expected, path } = this.#options
    const isArray = piece[opening] === openBracket
    if (this.#skeleton === this.#frame) {
      if (Object.hasOwn(foreign, key)) {
        throw new UnexpectedContentError(`${foreign[key]} where ${expected} was expected`)
      }
      if (key === this.#options.key && isArray) {
        if (this.#seen) this.#refuse(`A second value of ${key}`, opening)
        this.#seen = true
        this.#slicer = this.#options.slicer(this.#offset + opening + 1)
        return
      }
    } else if (key === path && !isArray) {
      if (this.#frame) this.#refuse(`A second value of ${path}`, opening)
      this.#frame = new Skeleton()
      this.#skeleton = this.#frame
      this.#skeleton.read('{', this.#offset + opening)
      return
    }
    this.#value = new ByteBuffer()
    this.#value.append(piece.subarray(opening, opening + 1))
  }

  /** `goesOn` says whether a character may end in the next piece. */
  #readSkeleton(piece: Buffer, goesOn: boolean): void {
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
      const { expected } = this.#options
      throw new UnexpectedContentError(`${JSON.stringify(excerpt)} where ${expected} was expected`, {
        excerpt,
      })
    }
    this.#skeleton.read(text, offset)
    this.#bound(this.#skeleton.length, `What is around ${this.#options.key}`)
  }

  #readValue(value: ByteBuffer, piece: Buffer): number {
    let end = this.#scanner.next(piece, 0)
    while (end !== -1 && piece[end] === comma) end = this.#scanner.next(piece, end + 1)
    const read = end === -1 ? piece.length : end + 1
    value.append(piece.subarray(0, read))
    this.#bound(value.length, this.#skeleton.key)
    if (this.#scanner.depth > maxDepth) {
      this.#refuse(`${this.#skeleton.key} nests deeper than ${maxDepth}`, end)
    }
    if (end === -1) return read
    const start = this.#offset + read - value.length
    let parsed: unknown
    try {
      parsed = parseJson(value.view())
    } catch (error) {
      throw formatError(error, value.view(), start)
    }
    if (this.#skeleton === this.#frame) this.#options.onValue?.(this.#skeleton.key, parsed, start)
    this.#skeleton.fields.set(this.#skeleton.key, parsed)
    this.#value = undefined
    this.#scanner.reset()
    return read
  }

  #bound(bytes: number, what: string): void {
    const { maxBufferedBytes } = this.#options
    if (bytes > maxBufferedBytes) {
      this.#refuse(`${what} takes more than ${maxBufferedBytes} bytes (maxBufferedBytes)`, 0)
    }
  }

  #refuse(message: string, position: number): never {
    throw new GridFormatError(message, { offset: this.#offset + position })
  }
}
