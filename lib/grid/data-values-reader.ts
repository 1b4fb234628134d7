import { GridFormatError } from '../errors.ts'
import { type DataValue, faultOf } from './data-values.ts'
import { defaultMaxBufferedBytes, FrameReader, pieceBytes } from './frame-reader.ts'
import { ObjectSlicer } from './object-slicer.ts'

/**
 * Reads the bytes of one `dataValueSet.json`, in pieces of any size, into data values: constant memory, one pass.
 *
 * @throws GridFormatError, UnexpectedContentError, TruncatedResponseError, Dhis2ApiError
 */
export class DataValuesReader {
  readonly #frame: FrameReader
  #slicer: ObjectSlicer | undefined
  #count = 0

  constructor(maxBufferedBytes = defaultMaxBufferedBytes) {
    this.#frame = new FrameReader({
      key: 'dataValues',
      expected: 'a dataValueSet',
      foreign: { rows: 'A grid', headers: 'A grid' },
      maxBufferedBytes,
      slicer: (offset) => {
        this.#slicer = new ObjectSlicer(offset)
        return this.#slicer
      },
    })
  }

  /** Reads on, and yields the data values that end in this chunk, some at a time. */
  *read(chunk: Uint8Array): Generator<DataValue[], void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.length; ) {
      at += this.#frame.read(bytes.subarray(at, at + pieceBytes))
      const values = this.#slicer?.take()
      if (values?.length) yield this.#checked(values)
    }
  }

  /** The body has ended: checks that nothing is missing, and yields an empty list where there was no data value. */
  *end(): Generator<DataValue[], void> {
    this.#frame.end()
    const { fields, seen, offset } = this.#frame
    if (!seen && fields.has('dataValues')) throw new GridFormatError('dataValues is not an array', { offset })
    if (!seen) throw this.#frame.absence()
    if (this.#count === 0) yield []
  }

  #checked(values: unknown[]): DataValue[] {
    for (const value of values) {
      this.#count += 1
      const fault = faultOf(value)
      if (fault === undefined) continue
      throw new GridFormatError(`Data value ${this.#count} ${fault}`, {
        offset: this.#frame.offset,
        excerpt: JSON.stringify(value).slice(0, 80),
      })
    }
    return values as DataValue[]
  }
}
