import { GridFormatError, UnexpectedContentError } from '../errors.ts'
import { type DataValue, faultOf } from './data-values.ts'
import { errorObject } from './error-object.ts'
import { FrameReader } from './frame-reader.ts'
import { ObjectSlicer } from './object-slicer.ts'

/** How much is read between two chances for a slow consumer to catch up. */
const pieceBytes = 64 * 1024

/**
 * Reads the bytes of one `dataValueSet.json`, in pieces of any size, into data values: constant memory, one pass.
 *
 * @throws GridFormatError, UnexpectedContentError, TruncatedResponseError, Dhis2ApiError
 */
export class DataValuesReader {
  readonly #frame: FrameReader
  #slicer: ObjectSlicer | undefined
  #count = 0

  constructor(maxBufferedBytes: number) {
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

  /** The body has ended: checks that nothing is missing. */
  end(): void {
    this.#frame.end()
    const { fields, seen } = this.#frame
    if (seen && !fields.has('dataValues')) return
    throw (
      errorObject(fields) ??
      (fields.has('dataValues')
        ? new GridFormatError('dataValues is not an array', { offset: this.#frame.offset })
        : new UnexpectedContentError(
            `A JSON object without dataValues where a dataValueSet was expected; its fields: ${
              [...fields.keys()].slice(0, 10).join(', ') || 'none'
            }`,
          ))
    )
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
