import type { TransformCallback, TransformOptions } from 'node:stream'
import { QueryError } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import { onUpstreamHeaders, type RowStream, RowTransform, type TransformTo } from './row-stream.ts'
import { type StreamOptions, streamOptions } from './stream-options.ts'

/** What a stage does with rows, compiled once from the headers in front of it. */
export interface RowPlan {
  /** What is announced onward; undefined where nobody knows. */
  readonly headers: readonly Header[] | undefined
  /** What becomes of a row, counted from 1. Nothing drops it. */
  readonly step: (row: unknown, rowNumber: number) => unknown
  /** What comes behind the last row. */
  readonly end?: () => unknown
}

/** Makes the plan of a stage. There are no headers behind a foreign stage, which announces none. */
export type RowPlanner = (headers: readonly Header[] | undefined, metaData: MetaData | undefined) => RowPlan

/** A stage that makes a `T` of each row, or of some. `sides` are options of `node:stream`. */
export function rowStage<T>(
  options: StreamOptions,
  planner: RowPlanner,
  sides: TransformOptions = {},
): TransformTo<T> {
  return new RowStage(
    streamOptions(options, { objectMode: true, ...sides }),
    planner,
  ) as unknown as TransformTo<T>
}

/**
 * A stage in the middle of a row stream: one thing in, at most one thing out, and headers announced onward as the
 * plan has them. Whatever the plan or a step throws fails the stream.
 */
class RowStage extends RowTransform {
  readonly #planner: RowPlanner
  #plan: RowPlan | undefined
  #upstream: Partial<RowStream> | undefined
  #rowNumber = 0

  constructor(options: TransformOptions, planner: RowPlanner) {
    super(options)
    this.#planner = planner
    this.on('pipe', (source: Partial<RowStream>) => {
      this.#upstream = source
    })
    onUpstreamHeaders(this, (headers, metaData) => {
      try {
        this.#begin(headers, metaData)
      } catch (error) {
        // This runs inside the stage in front, whose error it is not.
        this.destroy(error as Error)
      }
    })
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    try {
      const { step } = this.#plan ?? this.#begin(undefined, undefined)
      const made = step(row, ++this.#rowNumber)
      if (made !== undefined && made !== null) this.push(made)
    } catch (error) {
      return done(error as Error)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    try {
      const { end } = this.#plan ?? this.#begin(undefined, undefined)
      this.metaData ??= this.#upstream?.metaData
      const made = end?.()
      if (made !== undefined) this.push(made)
    } catch (error) {
      return done(error as Error)
    }
    done()
  }

  #begin(headers: readonly Header[] | undefined, metaData: MetaData | undefined): RowPlan {
    const plan = this.#planner(headers, metaData)
    this.#plan = plan
    if (plan.headers) this.announce(plan.headers, metaData)
    return plan
  }
}

/** The headers that a stage can't do without. */
export function neededHeaders(who: string, headers: readonly Header[] | undefined): readonly Header[] {
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

/** A row that has to be an array of cells. */
export function cellsOf(who: string, row: unknown): unknown[] {
  if (Array.isArray(row)) return row
  throw new QueryError(`${who}: rows have to be arrays here; put it in front of what makes objects of them`)
}
