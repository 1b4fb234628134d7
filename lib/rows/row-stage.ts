import type { TransformCallback, TransformOptions, Writable } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { QueryError, type RequestSummary, RowError } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import { type Block, rowsOf } from '../kernel/block.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { noBatches, noRow } from './misplaced.ts'
import type { TransformTo } from './row-stream.ts'
import { RowTransform } from './row-transform.ts'
import { SliceOutlet } from './slice-outlet.ts'
import { isBlock, type Part, Slice, type SliceSource, slices, type Wanted } from './slices.ts'
import { type StreamOptions, streamOptions } from './stream-options.ts'
import { Upstream } from './upstream.ts'

/** What a stage does with rows, compiled once from the headers in front of it. */
export interface RowPlan {
  /** What is announced onward; undefined where nobody knows. */
  readonly headers: readonly Header[] | undefined
  /** What becomes of a row, counted from 1. Nothing drops it. */
  readonly step: (row: unknown, rowNumber: number) => unknown
  /**
   * The same of many rows, a column at a time; there are as many columns as headers in front, and as in those announced.
   * Where it throws, its rows go by `step`, which tells the row.
   */
  readonly block?: ((block: Block) => Block) | undefined
  /** The objects that such a block stands for; it stands for rows where there is no such thing. */
  readonly rows?: ((block: Block) => readonly unknown[]) | undefined
  /** What comes behind the last row. */
  readonly end?: () => Iterable<unknown>
}

/** Makes the plan of a stage. There are no headers behind a foreign stage, which announces none. */
export type RowPlanner = (upstream: Upstream) => RowPlan

interface Sides extends TransformOptions {
  /** What comes out, by what comes in. Default the same. */
  readonly gives?: (upstream: Gives | undefined) => Gives
  /** Whether its plans have a `block`. Default false. */
  readonly takesBlocks?: boolean
}

/** A stage that makes an `Out` of each row, or of some. `sides` are options of `node:stream`. */
export function rowStage<Out, In = unknown>(
  who: string,
  options: StreamOptions,
  planner: RowPlanner,
  { gives: given = (upstream) => upstream ?? 'rows', takesBlocks = false, ...sides }: Sides = {},
): TransformTo<Out, In> {
  const streams = streamOptions(options, { objectMode: true, ...sides })
  return new RowStage(who, streams, planner, given, takesBlocks) as unknown as TransformTo<Out, In>
}

/**
 * A stage in the middle of a row stream: one thing in, at most one thing out, and headers announced onward as the
 * plan has them. Whatever the plan or a step throws fails the stream.
 */
class RowStage extends RowTransform implements SliceSource {
  readonly #who: string
  readonly #planner: RowPlanner
  readonly #gives: (upstream: Gives | undefined) => Gives
  readonly #upstream: Upstream
  #plan: RowPlan | undefined
  rowCount = 0
  #rowNumber = 0
  #makesBatches = false
  readonly #outlet = new SliceOutlet(this, () => this.goOn())

  constructor(
    who: string,
    options: TransformOptions,
    planner: RowPlanner,
    given: (upstream: Gives | undefined) => Gives,
    takesBlocks: boolean,
  ) {
    super(options)
    this.#who = who
    this.#planner = planner
    this.#gives = given
    this.#upstream = new Upstream(this, who, 'rows', {
      parts: takesBlocks ? 'rows' : undefined,
      onHeaders: () => {
        try {
          this.#begin()
        } catch (error) {
          // This runs inside the stage in front, whose error it is not.
          this.destroy(this.failureOf(error))
        }
      },
    })
  }

  get [gives](): Gives {
    return this.#gives(this.#upstream.gives)
  }

  get request(): RequestSummary | undefined {
    return this.#upstream.request
  }

  get metaData(): MetaData | undefined {
    return this.#upstream.metaData
  }

  [slices](sink: Writable, wanted: Wanted): void {
    if (wanted.parts) this.#outlet.open(sink, wanted)
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    if (row instanceof Slice) {
      const parts = this.#partsOf(row.value as readonly Part[])
      return this.pass(parts, (part) => this.#handPart(part), done)
    }
    try {
      const plan = this.#plan ?? this.#begin()
      if (!Array.isArray(row) && ArrayBuffer.isView(row)) throw noRow(this.#who, row)
      const made = plan.step(row, ++this.#rowNumber)
      if (made !== undefined && made !== null) this.#hand(made)
    } catch (error) {
      return done(this.failureOf(error))
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    try {
      const { end } = this.#plan ?? this.#begin()
      for (const made of end?.() ?? []) this.#hand(made)
    } catch (error) {
      return done(this.failureOf(error))
    }
    done()
  }

  /** What becomes of parts; of one in which a row fails, those in front of that. */
  *#partsOf(parts: readonly Part[]): Generator<Part, void> {
    const plan = this.#plan ?? this.#begin()
    for (const part of parts) {
      const block = isBlock(part) ? blockBy(plan, part) : undefined
      if (block) {
        this.#rowNumber += block.rowCount
        yield block
        continue
      }
      const rows: unknown[] = []
      try {
        for (const row of isBlock(part) ? rowsOf(part) : part) {
          const made = plan.step(row, ++this.#rowNumber)
          if (made !== undefined && made !== null) rows.push(made)
        }
      } catch (error) {
        yield rows
        throw error
      }
      yield rows
    }
  }

  #handPart(part: Part): boolean {
    const wanted = this.#outlet.wanted?.parts
    if (wanted && (wanted === 'objects' || !this.#plan?.rows)) {
      this.rowCount += isBlock(part) ? part.rowCount : part.length
      this.#outlet.write(new Slice([part], this.rowCount))
      return false
    }
    const toRows = this.#plan?.rows ?? rowsOf
    for (const row of isBlock(part) ? toRows(part) : part) this.#hand(row)
    return this.readableLength < this.readableHighWaterMark
  }

  protected override failureOf(thrown: unknown): Error {
    return failureOf(`The function of ${this.#who}`, thrown)
  }

  #hand(made: unknown): void {
    this.rowCount += this.#makesBatches && Array.isArray(made) ? made.length : 1
    this.push(made)
  }

  #begin(): RowPlan {
    const plan = this.#planner(this.#upstream)
    this.#plan = plan
    this.#makesBatches = this[gives] === 'batches'
    if (plan.headers) this.announce(plan.headers)
    return plan
  }
}

function blockBy({ block: make }: RowPlan, block: Block): Block | undefined {
  try {
    return make?.(block)
  } catch {
    return undefined
  }
}

/** The headers that a stage can't do without. */
export function neededHeaders(who: string, { headers, gives }: Upstream): readonly Header[] {
  if (gives === 'batches') throw noBatches(who)
  if (headers) return headers
  throw new QueryError(
    `${who}: the columns are not known, because the stage in front announces no headers; ` +
      'pipe a row stream in directly, or announce them with mapRows(fn, { headers })',
  )
}

/** A plan for a grid that came without headers: fine as long as it has no rows either. */
export function planWithoutHeaders(who: string): RowPlan {
  return {
    headers: [],
    step() {
      throw new QueryError(`${who}: the rows came without headers; ask for them (skipHeaders=false)`)
    },
  }
}

/** A row that has to be an array, of so many cells. */
export function cellsOf(who: string, row: unknown, width: number, rowNumber: number): unknown[] {
  if (!Array.isArray(row)) {
    if (typeof row !== 'object') throw noRow(who, row)
    throw new QueryError(`${who}: rows have to be arrays here; put it in front of what makes objects of them`)
  }
  if (row.length !== width) throw misfit(row, width, rowNumber)
  return row
}

/** For a row that is longer or shorter than the headers. */
export function misfit(row: readonly unknown[], width: number, rowNumber: number, advice = ''): RowError {
  return new RowError(`${row.length} cells under ${width} headers${advice}`, { rowNumber })
}
