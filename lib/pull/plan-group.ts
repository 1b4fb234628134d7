import type { Axis } from './plan-axis.ts'

/** Data of one class, and the axes along which requests for it may be cut. Together they are a box of cells. */
export interface Group {
  readonly name: string
  /** Why it is cut as it is, for people. */
  readonly why: string
  /** From the one that changes slowest from piece to piece to the one that changes fastest. */
  readonly axes: readonly Axis[]
  /** Items of `pe` times those of `ou` in a piece at most. */
  readonly mostPlaces: number
  /** What says the days of a window, where there is an axis of them. */
  readonly days?: { readonly by: string; readonly column: string } | undefined
  /** Rows for one item of each axis at most; undefined where nobody can tell. */
  readonly rowsEach: number | undefined
  /** Whether rows have the items of the axes in their columns. */
  readonly hasCovers: boolean
  readonly isList: boolean
  /** Whether nothing of it may be cut. */
  readonly isWhole: boolean
  /** What requests bring beside what was asked for. */
  readonly extra?: 'crossedOperands' | 'otherPeriods' | undefined
}
