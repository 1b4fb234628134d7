import { Transform, type TransformCallback } from 'node:stream'
import { z } from 'zod'
import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { validate } from '../validate.ts'
import { keysOf } from './object-keys.ts'
import { onUpstreamHeaders } from './row-stream.ts'
import { type StreamOptions, streamOptions, streamOptionsShape } from './stream-options.ts'

export interface ToNdjsonOptions extends StreamOptions {
  /** What a row of cells becomes: an object by header `name`, or an array. Default `objects`. */
  rows?: 'objects' | 'arrays' | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  rows: z.literal(['objects', 'arrays'], { error: "must be 'objects' or 'arrays'" }).optional(),
})

/** How much text is gathered before it is handed on, in characters. */
const chunkLength = 64 * 1024

/** Text that JSON has as it is, between quotes. */
const plain = /^[ !#-[\]-~]*$/

/**
 * Rows or objects in, NDJSON bytes out (UTF-8, one JSON value a line): `{"dx":"fbfJHSPpUQD","value":"12"}`. Nothing comes
 * of no rows. Dates are ISO 8601 text, undefined cells null.
 *
 * Rows become objects by the headers that the row stream in front announces. The stream fails with a QueryError where
 * there are none (`rows: 'arrays'` needs none) or two of the same name, and with a RowError where something has no JSON:
 * a bigint, NaN or an infinite number.
 */
export function toNdjson(options: ToNdjsonOptions = {}): Transform {
  return new NdjsonStream(validate(schema, options, 'toNdjson') as ToNdjsonOptions)
}

class NdjsonStream extends Transform {
  readonly #asArrays: boolean
  #headers: readonly Header[] | undefined
  /** What stands in front of each cell of an object. */
  #opening: readonly string[] | undefined
  #rowNumber = 0
  #text = ''

  constructor(options: ToNdjsonOptions) {
    super(streamOptions(options, { writableObjectMode: true }))
    this.#asArrays = options.rows === 'arrays'
    onUpstreamHeaders(this, (headers) => {
      this.#headers = headers
    })
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    this.#rowNumber += 1
    try {
      this.#text += this.#line(row)
    } catch (error) {
      return done(this.#named(error))
    }
    if (this.#text.length < chunkLength) return done()
    done(null, this.#taken())
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#taken())
  }

  #line(row: unknown): string {
    if (!Array.isArray(row)) return `${jsonOf(row)}\n`
    if (this.#asArrays) return `[${row.map(cellJson).join(',')}]\n`
    this.#opening ??= openingOf(this.#headers)
    let line = ''
    for (let i = 0; i < this.#opening.length; i++) line += this.#opening[i] + cellJson(row[i])
    return `${line}}\n`
  }

  #named(error: unknown): Error {
    if (!(error instanceof TypeError)) return error as Error
    return new RowError(error.message, { rowNumber: this.#rowNumber, cause: error })
  }

  #taken(): Buffer {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    return bytes
  }
}

function openingOf(headers: readonly Header[] | undefined): readonly string[] {
  if (headers?.length) {
    return keysOf('toNdjson', headers).map((key, i) => `${i ? ',' : '{'}${JSON.stringify(key)}:`)
  }
  throw new QueryError(
    "toNdjson: the columns are not known, because the stage in front announces no headers; use rows: 'arrays', " +
      'or announce them with mapRows(fn, { headers })',
  )
}

function cellJson(cell: unknown): string {
  if (typeof cell === 'string') return plain.test(cell) ? `"${cell}"` : JSON.stringify(cell)
  return cell === undefined ? 'null' : jsonOf(cell)
}

/** `JSON.stringify` that makes null of no number among the values, and refuses what has no JSON at all. */
function jsonOf(value: unknown): string {
  if (typeof value === 'object')
    for (const key in value) refuseNoNumber((value as Record<string, unknown>)[key])
  else refuseNoNumber(value)
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON`)
  return text
}

function refuseNoNumber(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON`)
}
