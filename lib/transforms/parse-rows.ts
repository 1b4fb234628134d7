import type { TransformCallback, Writable } from 'node:stream'
import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import type { MetaData, Row } from '../grid/grid.ts'
import { GridReader } from '../grid/grid-reader.ts'
import { PartTaker } from '../grid/part-taker.ts'
import { RowTaker } from '../grid/row-taker.ts'
import type { Taker } from '../json/taker.ts'
import { ParserStream } from '../rows/parser-stream.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { SliceOutlet } from '../rows/slice-outlet.ts'
import { Slice, type SliceSource, slices, type Wanted } from '../rows/slices.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'
import { type Gives, gives } from '../streams/gives.ts'

export interface ParseRowsOptions extends StreamOptions {
  /**
   * How many bytes may be held: of a row, of the rows that come before the headers, or of all that is around the rows,
   * `metaData` above all. A great many small values, which take more memory than bytes, count for more than theirs.
   * Past it the stream fails with a GridFormatError. Default 128 MiB.
   */
  maxBufferedBytes?: number | undefined
  /**
   * The key that the grid is under, where the body is not the grid itself: `listGrid` for an SQL view
   * (`/api/sqlViews/<id>/data.json`). Default none.
   */
  path?: string | undefined
}

const schema = z.strictObject({
  ...streamOptionsShape,
  maxBufferedBytes: z.int().min(1).optional(),
  path: z.string().min(1, { error: 'must not be empty' }).optional(),
} satisfies Shape<ParseRowsOptions>)

/**
 * Bytes of a JSON grid in, rows out: one array of cells a row, in header order, as the wire has them.
 *
 * In: any analytics endpoint's JSON, in chunks of any size, keys in any order. Out: a row stream (`'headers'`,
 * `headers`, `metaData`). Memory is constant, whatever the number of rows.
 *
 * The stream fails, and drops the rows that still wait to be read, with a
 * GridFormatError (malformed JSON, a row that does not fit the headers, a limit passed),
 * TruncatedResponseError (the JSON stops early, or holds fewer or more rows than its `height`),
 * UnexpectedContentError (no grid: HTML, CSV, an array, a dataValueSet, nothing) or
 * Dhis2ApiError (an error object in place of a grid).
 */
export function parseRows(options: ParseRowsOptions = {}): TransformTo<Row> {
  const checked = validate(schema, options, 'parseRows')
  return new RowParser(checked) as unknown as TransformTo<Row>
}

/** The transform of `parseRows`, which can hand slices to the stage behind it. */
export class RowParser extends ParserStream<Row[] | Slice, Row> implements SliceSource {
  readonly [gives]: Gives = 'rows'
  #reader: GridReader | undefined
  readonly #maxBufferedBytes: number | undefined
  readonly #rows = new RowTaker()
  readonly #outlet = new SliceOutlet(this, () => this.goOn())
  #taker: Taker<Slice> | undefined

  /** `isLater` leaves it to a subclass to `begin` before it passes bytes on. */
  constructor({ maxBufferedBytes, path, ...options }: ParseRowsOptions, isLater = false) {
    super('parseRows', options)
    this.#maxBufferedBytes = maxBufferedBytes
    if (!isLater) this.begin(path)
  }

  /** The grid is under this key, or the body itself. */
  protected begin(path: string | undefined): void {
    this.#reader = new GridReader({
      maxBufferedBytes: this.#maxBufferedBytes,
      path,
      onHeaders: (headers, metaData) => {
        this.metaData = metaData
        this.announce(headers)
      },
    })
  }

  /** What there is in the body beside a grid that is under a `path`: complete at the end. */
  get around(): ReadonlyMap<string, unknown> {
    return this.#reader?.around ?? new Map()
  }

  /** Everything of the grid but its rows, by key: complete at the end. */
  get fields(): ReadonlyMap<string, unknown> {
    return this.#reader?.fields ?? new Map()
  }

  /** How many rows were read so far. */
  get rowCount(): number {
    return this.#reader?.rowCount ?? 0
  }

  [slices](sink: Writable, { taker, parts }: Wanted): void {
    this.#taker = new Slicing(taker ?? new PartTaker(), this)
    this.#outlet.open(sink, { taker, parts })
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const taker = () => (this.#outlet.wanted ? this.#taker! : this.#rows)
    this.passOn(this.#reader!.read<Row[] | Slice>(chunk, taker), done)
  }

  override _flush(done: TransformCallback): void {
    const reader = this.#reader!
    this.passOn(this.#ending(reader), (error) => {
      this.metaData ??= reader.fields.get('metaData') as MetaData | undefined
      done(error)
    })
  }

  *#ending(reader: GridReader): Generator<Row[], void> {
    yield* reader.read(this.written.rest(), () => this.#rows)
    yield* reader.end(this.#rows)
  }

  protected override hand(slice: Row[] | Slice): boolean {
    if (slice instanceof Slice) {
      this.#outlet.write(slice)
      return false
    }
    let wanted = true
    for (const row of slice) wanted = this.push(row)
    return wanted
  }
}

/** A taker whose makings are told apart from rows, and know how many rows there were. */
class Slicing implements Taker<Slice> {
  readonly #taker: Taker<unknown>
  readonly #counter: { readonly rowCount: number }

  constructor(taker: Taker<unknown>, counter: { readonly rowCount: number }) {
    this.#taker = taker
    this.#counter = counter
  }

  get rowCount(): number {
    return this.#taker.rowCount
  }

  get closed(): boolean {
    return this.#taker.closed
  }

  run(bytes: Buffer, from: number, width: number): number {
    return this.#taker.run(bytes, from, width)
  }

  runOne(bytes: Buffer, width: number): boolean {
    return this.#taker.runOne?.(bytes, width) ?? false
  }

  add(row: Row): void {
    this.#taker.add(row)
  }

  take(): Slice {
    return new Slice(this.#taker.take(), this.#counter.rowCount)
  }
}
