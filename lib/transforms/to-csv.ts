import { Transform, type TransformCallback } from 'node:stream'
import { z } from 'zod'
import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { validate } from '../validate.ts'
import { type Columns, columnsOf } from './columns.ts'
import { ConvertedRows } from './converted-rows.ts'
import { CsvLane } from './csv-lane.ts'
import { type CsvDialect, CsvText } from './csv-text.ts'
import { RowParser } from './parse-rows.ts'
import { onUpstreamHeaders } from './row-stream.ts'
import { type StreamOptions, streamOptions, streamOptionsShape } from './stream-options.ts'

export interface ToCsvOptions extends StreamOptions, CsvDialect {
  /** The first line: the headers' `name`s, their `column` labels as the server's own CSV has them, or none. Default `name`. */
  header?: 'name' | 'column' | false | undefined
  /** Which columns, by header name or object key, and in which order. Default all. */
  columns?: readonly string[] | undefined
  /** Starts the output with a UTF-8 byte order mark, which Excel wants. Default false. */
  bom?: boolean | undefined
}

const oneCharacter = z.string().length(1, { error: 'must be one character' })
const lineBreak = /[\r\n]/

const schema = z
  .strictObject({
    ...streamOptionsShape,
    header: z
      .union([z.literal('name'), z.literal('column'), z.literal(false)], {
        error: "must be 'name', 'column' or false",
      })
      .optional(),
    columns: z.array(z.string()).min(1).readonly().optional(),
    delimiter: z
      .string()
      .min(1)
      .refine((text) => !lineBreak.test(text), { error: 'must not be a line break' })
      .optional(),
    quote: oneCharacter.optional(),
    eol: z.string().min(1, { error: 'must not be empty' }).optional(),
    bom: z.boolean().optional(),
    escapeFormulas: z.boolean().optional(),
  })
  .refine(({ delimiter = ',', quote = '"' }) => !delimiter.includes(quote), {
    error: 'delimiter and quote must differ',
  })

/** How much text is gathered before it is handed on, in characters. */
const chunkLength = 64 * 1024

/**
 * Rows or objects in, CSV bytes out (UTF-8), with a header line also when there are no rows.
 *
 * The columns are those the row stream in front announces. Behind a foreign stage, which announces nothing, they are
 * the `columns` option, or else the keys of the first object; where there is neither, the stream fails with a
 * QueryError, as it does for a wanted column that is not there.
 *
 * It takes rows and not batches of them, and can't tell the two apart, as a cell may be an array too: behind
 * `batchRows` each batch becomes one line, its rows JSON text.
 */
export function toCsv(options: ToCsvOptions = {}): Transform {
  return new CsvStream(validate(schema, options, 'toCsv') as ToCsvOptions)
}

class CsvStream extends Transform {
  readonly #options: ToCsvOptions
  readonly #csv: CsvText
  #headers: readonly Header[] | undefined
  #columns: Columns | undefined
  #text = ''

  constructor(options: ToCsvOptions) {
    super(streamOptions(options, { writableObjectMode: true }))
    this.#options = options
    this.#csv = new CsvText(options)
    onUpstreamHeaders(this, (headers) => {
      this.#headers = headers
    })
    // All columns, as they come, in a dialect whose marks are single bytes: then no row need ever be one.
    if (this.#csv.isCommon && !options.columns) {
      this.on('pipe', (source) => {
        if (source instanceof RowParser) source.fuse(this, new CsvLane(this.#csv))
      })
    }
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    try {
      this.#columns ??= this.#begin(row)
      if (row instanceof ConvertedRows) {
        if (this.#text) this.push(this.#taken())
        return done(null, row.bytes)
      }
      this.#text += this.#csv.line(this.#columns.cellsOf(row))
    } catch (error) {
      return done(error as Error)
    }
    if (this.#text.length < chunkLength) return done()
    done(null, this.#taken())
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#columns ??= this.#begin(undefined)
    } catch (error) {
      return done(error as Error)
    }
    done(null, this.#taken())
  }

  #begin(first: unknown): Columns {
    const { header = 'name', columns: wanted, bom } = this.#options
    const columns = columnsOf('toCsv', this.#headers, wanted, first)
    if (bom) this.#text += '\uFEFF'
    if (header) {
      const titles = header === 'name' ? columns?.names : columns?.labels
      if (!titles) throw unknownHeader(header)
      if (titles.length) this.#text += this.#csv.line(titles)
    }
    return columns ?? { names: [], labels: undefined, cellsOf: (row) => row as unknown[] }
  }

  #taken(): Buffer {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    return bytes
  }
}

function unknownHeader(header: 'name' | 'column'): QueryError {
  if (header === 'column') {
    return new QueryError(
      "toCsv: header 'column' needs the labels of a row stream piped in directly; use header 'name'",
    )
  }
  return new QueryError(
    'toCsv: the columns are not known, because the stage in front announces no headers; name them in columns, or set header to false',
  )
}
