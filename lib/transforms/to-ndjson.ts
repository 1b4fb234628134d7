import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { failureOf } from '../checks/callback.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { jsonText } from '../csv/json-text.ts'
import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import type { LineFormat } from '../kernel/text-kernel.ts'
import { noBatches, noRow } from '../rows/misplaced.ts'
import { keysOf } from '../rows/object-keys.ts'
import { misfit } from '../rows/row-stage.ts'
import type { TransformToBytes } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { firstWithout, TextStage } from '../rows/text-stage.ts'
import { Upstream } from '../rows/upstream.ts'

export interface ToNdjsonOptions extends StreamOptions {
  /** What a row of cells becomes: an object by header `name`, or an array. Default `objects`. */
  rows?: 'objects' | 'arrays' | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  rows: z.literal(['objects', 'arrays'], { error: "must be 'objects' or 'arrays'" }).optional(),
} satisfies Shape<ToNdjsonOptions>)

/** Text that JSON has as it is, between quotes. */
const plain = /^[ !#-[\]-~]*$/

/**
 * Rows or objects in, NDJSON bytes out (UTF-8, one JSON value a line): `{"dx":"fbfJHSPpUQD","value":"12"}`. Nothing comes
 * of no rows. Dates are ISO 8601 text, undefined cells null.
 *
 * Rows become objects by the headers that the row stream in front announces. The stream fails with a QueryError where
 * there are none (`rows: 'arrays'` needs none) or two of the same name, and behind bytes or batches; with a RowError
 * where a row is longer or shorter than the headers, or something in it has no JSON: a bigint, NaN or an infinite number,
 * an Invalid Date, a Map, a function.
 */
export function toNdjson(options: ToNdjsonOptions = {}): TransformToBytes {
  return new NdjsonStream(validate(schema, options, 'toNdjson')) as unknown as TransformToBytes
}

class NdjsonStream extends TextStage {
  readonly #asArrays: boolean
  readonly #upstream: Upstream
  /** What stands in front of each cell of an object that is made of a row. */
  #opening: readonly string[] | undefined
  /** The keys of the first object that came as one, and what stands in front of their values. */
  #names: readonly string[] | undefined
  #openings: readonly string[] = []

  constructor(options: ToNdjsonOptions) {
    super(options)
    this.#asArrays = options.rows === 'arrays'
    this.#upstream = new Upstream(this, 'toNdjson', 'rows', { parts: this.#asArrays ? 'rows' : 'objects' })
  }

  protected override lineFormat(): LineFormat {
    const headers = this.#upstream.headers ?? []
    const arrays = headers.map((_, i) => (i ? ',' : '['))
    return {
      openings: this.#asArrays ? arrays : openingOf(headers),
      closing: this.#asArrays ? ']\n' : '}\n',
      textOf: cellJson,
      takesNumbers: true,
      around: '"',
      marks: [],
    }
  }

  override _flush(done: TransformCallback): void {
    done(null, this.taken())
  }

  protected override begin(): void {
    if (this.#upstream.gives === 'batches') throw noBatches('toNdjson')
  }

  protected override lineOf(row: unknown): string {
    if (!Array.isArray(row)) {
      if (typeof row !== 'object' || row === null || ArrayBuffer.isView(row)) throw noRow('toNdjson', row)
      return `${this.#objectJson(row as Record<string, unknown>)}\n`
    }
    if (this.#asArrays) return `[${Array.from(row, cellJson).join(',')}]\n`
    this.#opening ??= openingOf(this.#upstream.headers)
    const width = this.#opening.length
    if (row.length !== width) throw misfit(row, width, this.rowCount)
    let line = ''
    for (let i = 0; i < width; i++) line += this.#opening[i] + cellJson(row[i])
    return `${line}}\n`
  }

  /** Objects that all have the same keys are written by cells, as rows are, which is faster than `JSON.stringify`. */
  #objectJson(row: Record<string, unknown>): string {
    if (Object.getPrototypeOf(row) !== Object.prototype || 'toJSON' in row) return jsonText(row)
    const names = this.#names
    if (names === undefined) {
      this.#names = Object.keys(row)
      this.#openings = openingsOf(this.#names)
      return jsonText(row)
    }
    let line = ''
    let i = 0
    for (const key in row) {
      const cell = row[key]
      if (key !== names[i] || cell === undefined) return jsonText(row)
      line += this.#openings[i++] + cellJson(cell)
    }
    return i === names.length && i > 0 ? `${line}}` : jsonText(row)
  }

  /** With the row and, as far as it is one cell's doing, its column. */
  protected override named(error: unknown, row: unknown): Error {
    if (!(error instanceof TypeError)) return failureOf('toJSON', error)
    const isRow = Array.isArray(row)
    const at = firstWithout(isRow ? row : Object.values(row as object), cellJson)
    const names = isRow ? this.#upstream.headers?.map(({ name }) => name) : Object.keys(row as object)
    const column = names?.[at] ?? (at === -1 ? undefined : `[${at}]`)
    return new RowError(error.message, { rowNumber: this.rowCount, column, cause: error })
  }
}

function openingOf(headers: readonly Header[] | undefined): readonly string[] {
  if (headers?.length) {
    return openingsOf(keysOf('toNdjson', headers))
  }
  throw new QueryError(
    "toNdjson: the columns are not known, because the stage in front announces no headers; use rows: 'arrays', " +
      'or announce them with mapRows(fn, { headers })',
  )
}

function openingsOf(keys: readonly string[]): string[] {
  return keys.map((key, i) => `${i ? ',' : '{'}${JSON.stringify(key)}:`)
}

function cellJson(cell: unknown): string {
  if (typeof cell === 'string') return plain.test(cell) ? `"${cell}"` : JSON.stringify(cell)
  return cell === undefined ? 'null' : jsonText(cell)
}
