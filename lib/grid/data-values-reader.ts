import { errorObject } from '../error-object.ts'
import { GridFormatError } from '../errors.ts'
import { ByteBuffer } from '../json/bytes.ts'
import { defaultMaxBufferedBytes, FrameReader, pieceBytes } from '../json/frame-reader.ts'
import { ObjectSlicer } from '../json/object-slicer.ts'
import {
  complete,
  type DataValue,
  faultOf,
  isBareSet,
  isThere,
  keyFields,
  missingField,
  sharedFields,
} from './data-values.ts'
import { isObject } from './grid.ts'

/**
 * Reads the bytes of one data value set, in pieces of any size, into data values: constant memory, one pass.
 *
 * From 2.43 on a period, an org unit and an attribute option combo that all values share stand once, beside the list.
 * Each value leaves with them. Where they stand behind the list, values that can't do without them are held back until
 * then, within the limit.
 *
 * @throws GridFormatError, UnexpectedContentError, TruncatedResponseError, Dhis2ApiError
 */
export class DataValuesReader {
  readonly #limit: number
  readonly #frame: FrameReader
  #slicer: ObjectSlicer | undefined
  #shared: ReadonlyMap<string, string> = new Map()
  #count = 0
  /** The first data values that wait for what they share, of one piece. */
  #held: unknown[] = []
  /** The rest of the list behind them, as bytes: as objects they take many times the memory. */
  readonly #rest = new ByteBuffer()
  #restFrom = 0
  /** Option combos that values have left without. */
  readonly #lacking = new Set<string>()

  constructor(maxBufferedBytes = defaultMaxBufferedBytes) {
    this.#limit = maxBufferedBytes
    this.#frame = new FrameReader({
      key: 'dataValues',
      expected: 'a dataValueSet',
      foreign: { rows: 'A grid', headers: 'A grid' },
      maxBufferedBytes,
      slicer: (offset) => {
        const slicer = new ObjectSlicer(offset)
        this.#slicer = slicer
        this.#shared = sharedFields(this.#frame.fields)
        return {
          get held() {
            return slicer.held
          },
          read: (piece, at) => {
            const end = slicer.read(piece, at)
            if (this.#held.length > 0) this.#holdRest(end === -1 ? piece : piece.subarray(0, end))
            return end
          },
        }
      },
    })
  }

  /** What the set says of all its values, as far as it was read. */
  get shared(): ReadonlyMap<string, string> {
    return this.#shared
  }

  /** Reads on, and yields the data values that end in this chunk, some at a time. */
  *read(chunk: Uint8Array): Generator<DataValue[], void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.length; ) {
      at += this.#frame.read(bytes.subarray(at, at + pieceBytes))
      const values = this.#slicer?.take() ?? []
      if (this.#held.length > 0) continue
      const first = this.#firstToHold(values)
      const leaving = first < values.length ? values.slice(0, first) : values
      if (leaving.length) yield this.#checked(leaving)
      if (first < values.length) this.#hold(values.slice(first), this.#slicer!.unfinished)
    }
  }

  /**
   * The body has ended: checks that nothing is missing, and yields what was held back, or an empty list where there was
   * no data value. `mayBeBare` says whether a set without a list of values is an empty one.
   */
  *end(mayBeBare: boolean): Generator<DataValue[], void> {
    this.#frame.end()
    const { fields, seen, offset } = this.#frame
    if (!seen && fields.has('dataValues')) throw new GridFormatError('dataValues is not an array', { offset })
    if (!seen && !(mayBeBare && isBareSet(fields)))
      throw errorObject(this.#frame.fields) ?? this.#frame.absence()
    this.#checkShared(sharedFields(fields))
    if (this.#held.length) yield this.#completed(this.#held)
    const slicer = new ObjectSlicer(this.#restFrom)
    const bytes = this.#rest.view()
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      slicer.read(bytes.subarray(at, at + pieceBytes), this.#restFrom + at)
      const values = slicer.take()
      if (values.length) yield this.#completed(values)
    }
    if (this.#count === 0) yield []
  }

  /** Completes data values up to the first that still lacks what each needs, and returns its index. */
  #firstToHold(values: unknown[]): number {
    const index = values.findIndex((value) => {
      if (!isObject(value)) return false
      complete(value, this.#shared)
      return missingField(value) !== undefined
    })
    return index === -1 ? values.length : index
  }

  #hold(values: unknown[], unfinished: Buffer): void {
    this.#held = values
    this.#restFrom = this.#frame.offset - unfinished.length
    this.#holdRest(unfinished)
  }

  #holdRest(bytes: Buffer): void {
    if (this.#rest.length + bytes.length <= this.#limit) return this.#rest.append(bytes)
    const missing = missingField(this.#held[0] as Record<string, unknown>)
    const fault = `has no ${missing}, and ${this.#limit} bytes (maxBufferedBytes) did not tell of one that all share`
    throw this.#refusal(this.#count + 1, fault, this.#held[0])
  }

  #completed(values: unknown[]): DataValue[] {
    for (const value of values) if (isObject(value)) complete(value, this.#shared)
    return this.#checked(values)
  }

  /** What the whole set says of its values must be what they left with. */
  #checkShared(shared: ReadonlyMap<string, string>): void {
    const before = this.#shared
    this.#shared = shared
    const { offset } = this.#frame
    for (const name of keyFields) {
      if (before.get(name) === shared.get(name)) continue
      if (before.has(name)) throw new GridFormatError(`A second value of ${name}`, { offset })
      if (!this.#lacking.has(name)) continue
      throw new GridFormatError(`The ${name} of data values that have none came behind them`, { offset })
    }
  }

  #checked(values: unknown[]): DataValue[] {
    for (const value of values) {
      this.#count += 1
      if (!isObject(value)) throw this.#refusal(this.#count, 'is not an object', value)
      const fault = faultOf(value)
      if (fault !== undefined) throw this.#refusal(this.#count, fault, value)
      if (!isThere(value['categoryOptionCombo'])) this.#lacking.add('categoryOptionCombo')
      if (!isThere(value['attributeOptionCombo'])) this.#lacking.add('attributeOptionCombo')
    }
    return values as DataValue[]
  }

  #refusal(count: number, fault: string, value: unknown): GridFormatError {
    return new GridFormatError(`Data value ${count} ${fault}`, {
      offset: this.#frame.offset,
      excerpt: JSON.stringify(value).slice(0, 80),
    })
  }
}
