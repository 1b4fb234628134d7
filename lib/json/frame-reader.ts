import { GridFormatError, TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import { ByteBuffer, formatError, parseJson } from './bytes.ts'
import { comma, isBlank, maxDepth, nestedBytes, openBrace, openBracket, Scanner } from './scan.ts'
import { Skeleton } from './skeleton.ts'

/** How much is read between two chances for a slow consumer to catch up. */
export const pieceBytes = 64 * 1024

/** How many bytes may be held, unless the user says otherwise. */
export const defaultMaxBufferedBytes = 128 * 1024 * 1024

/** What a field takes in memory beyond its bytes, roughly, where there are more than a few. */
const fieldBytes = 128
const fewFields = 10_000

const byteOrderMark = Buffer.from('\uFEFF')

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
  /** The array or object that is being read, where one is. */
  readonly #value = new ByteBuffer()
  #slicer: ArraySlicer | undefined
  #begun = false
  #markLength = 0
  /** What is held of all that is around the array, but for its fields: bytes that were read, and what they became. */
  #heldBytes = 0
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
    if (!this.#skeleton.end() || this.#skeleton !== this.#root) {
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
    const names = [...fields.keys()].slice(0, 10).map(shown).join(', ') || 'none'
    const missing = path === undefined ? key : `${path}.${key}`
    return new UnexpectedContentError(
      `A JSON object without ${missing} where ${expected} was expected; its fields: ${names}`,
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
    if (this.#value.length > 0) return this.#readValue(piece)
    if (!this.#begun) return this.#readBefore(piece)
    const at = this.#skeleton.read(piece, this.#offset)
    const isOpening = at < piece.length && !this.#skeleton.complete
    const read = isOpening ? at + 1 : at
    this.#hold(read, `What is around ${this.#options.key}`)
    if (isOpening) this.#begin(piece, at)
    else if (this.#skeleton.complete) this.#skeleton = this.#root
    return read
  }

  #readBefore(piece: Buffer): number {
    let at = 0
    for (; at < piece.length; at++) {
      const isMark = this.#offset + at === this.#markLength && piece[at] === byteOrderMark[this.#markLength]
      if (isMark) this.#markLength += 1
      else if (!isBlank(piece[at]!)) break
    }
    if (at < piece.length) {
      this.#expectObject(piece, at)
      this.#begun = true
      at++
    }
    this.#hold(at, `What is before ${this.#options.expected}`)
    return at
  }

  #expectObject(piece: Buffer, at: number): void {
    const { expected } = this.#options
    const isMarked = this.#markLength === byteOrderMark.length
    if (piece[at] === openBrace && (isMarked || this.#markLength === 0)) return
    if (piece[at] === byteOrderMark[0] && isMarked) this.#refuse('A second byte order mark', at)
    if (piece[at] === openBracket)
      throw new UnexpectedContentError(`A JSON array where ${expected} was expected`)
    const excerpt = piece
      .toString('utf8', at, at + 320)
      .trim()
      .slice(0, 80)
    throw new UnexpectedContentError(`${JSON.stringify(excerpt)} where ${expected} was expected`, { excerpt })
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
      return
    }
    this.#value.append(piece.subarray(opening, opening + 1))
    this.#scanner.reset()
  }

  #readValue(piece: Buffer): number {
    const value = this.#value
    let end = this.#scanner.next(piece, 0)
    while (end !== -1 && piece[end] === comma) end = this.#scanner.next(piece, end + 1)
    const read = end === -1 ? piece.length : end + 1
    const { key } = this.#skeleton
    const bytes = value.length + read + nestedBytes + this.#scanner.extraBytes
    this.#bound(bytes, shown(key))
    this.#bound(this.#held + bytes, `What is around ${this.#options.key}`)
    if (this.#scanner.depth > maxDepth) this.#refuse(`${shown(key)} nests deeper than ${maxDepth}`, end)
    value.append(piece.subarray(0, read))
    if (end === -1) return read
    this.#heldBytes += bytes
    const start = this.#offset + read - value.length
    let parsed: unknown
    try {
      parsed = parseJson(value.view())
    } catch (error) {
      throw formatError(error, value.view(), start)
    }
    value.clear()
    if (this.#skeleton === this.#frame) this.#options.onValue?.(key, parsed, start)
    this.#skeleton.keep(parsed)
    return read
  }

  get #held(): number {
    const inner = this.#frame === this.#root ? 0 : (this.#frame?.fieldCount ?? 0)
    return this.#heldBytes + Math.max(0, this.#root.fieldCount + inner - fewFields) * fieldBytes
  }

  #hold(bytes: number, what: string): void {
    this.#heldBytes += bytes
    this.#bound(this.#held, what)
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

/** A key as messages have it. */
function shown(key: string): string {
  return key.length > 80 ? `${key.slice(0, 80)}…` : key
}
