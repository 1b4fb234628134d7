import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { failureOf, wordsOf } from '../checks/callback.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { CsvTaker } from '../csv/csv-taker.ts'
import { type CsvDialect, CsvText, cellText } from '../csv/csv-text.ts'
import { Dhis2ClientError, QueryError, RowError } from '../errors.ts'
import type { Block } from '../kernel/block.ts'
import type { LineFormat } from '../kernel/text-kernel.ts'
import { type Columns, columnsOf, nameless } from '../rows/columns.ts'
import { noBatches } from '../rows/misplaced.ts'
import type { TransformToBytes } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { firstWithout, TextStage } from '../rows/text-stage.ts'
import { Upstream } from '../rows/upstream.ts'

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
  } satisfies Shape<ToCsvOptions>)
  .refine(({ delimiter = ',', quote = '"' }) => !delimiter.includes(quote), {
    error: 'delimiter and quote must differ',
  })

/**
 * Rows or objects in, CSV bytes out (UTF-8), with a header line also when there are no rows.
 *
 * The columns are those the row stream in front announces. Behind a foreign stage, which announces nothing, they are
 * the `columns` option, or else the keys of the first object; where there is neither, the stream fails with a
 * QueryError, as it does for a wanted column that is not there, for objects with other keys than the columns, and behind
 * bytes or batches.
 *
 * It fails with a RowError where a row is longer or shorter than the columns, or a cell has no text: an Invalid Date, a
 * Map, a function, an object that holds itself.
 */
export function toCsv(options: ToCsvOptions = {}): TransformToBytes {
  return new CsvStream(validate(schema, options, 'toCsv')) as unknown as TransformToBytes
}

class CsvStream extends TextStage {
  readonly #options: ToCsvOptions
  readonly #csv: CsvText
  readonly #upstream: Upstream
  #columns: Columns | undefined

  constructor(options: ToCsvOptions) {
    super(options)
    this.#options = options
    this.#csv = new CsvText(options)
    // All columns, as they come, in a dialect whose marks are single bytes: then no row need ever be one.
    const isPlain = this.#csv.isCommon && !options.columns
    const taker = isPlain ? new CsvTaker(this.#csv) : undefined
    this.#upstream = new Upstream(this, 'toCsv', 'rows', { taker, parts: 'objects' })
  }

  protected override begin(first: unknown): void {
    const { header = 'name', columns: wanted, bom } = this.#options
    const { headers, gives: given } = this.#upstream
    if (given === 'batches') throw noBatches('toCsv')
    const columns = columnsOf('toCsv', headers, wanted, first, given === 'records')
    if (bom) this.text += '\uFEFF'
    if (header) {
      const titles = header === 'name' ? columns?.names : columns?.labels
      if (!titles) throw unknownHeader(header)
      if (titles.length) this.text += this.#csv.line(titles)
    }
    this.#columns = columns ?? nameless(first)
  }

  protected override lineOf(row: unknown): string {
    return this.#csv.line(this.#columns!.cellsOf(row, this.rowCount))
  }

  protected override lineFormat(): LineFormat | undefined {
    return this.#csv.format(this.#columns!.names.length)
  }

  protected override picked(block: Block): Block {
    return this.#columns!.pick(block)
  }

  override _flush(done: TransformCallback): void {
    try {
      this.beginOnce(undefined)
      this.#columns!.end()
    } catch (error) {
      return done(failureOf('A getter', error))
    }
    done(null, this.taken())
  }

  /** With the row and its column, where it is one cell's doing. */
  protected override named(error: unknown, row: unknown): Error {
    if (error instanceof Dhis2ClientError || !this.#columns) return error as Error
    let cells: readonly unknown[]
    try {
      cells = this.#columns.cellsOf(row, this.rowCount)
    } catch {
      return failureOf('A getter', error)
    }
    const column = this.#columns.names[firstWithout(cells, cellText)]
    return new RowError(wordsOf('toJSON', error), { rowNumber: this.rowCount, column, cause: error })
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
