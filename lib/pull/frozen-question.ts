import type { Span } from '../periods/spans.ts'
import type { Pair } from '../query/dimension-text.ts'

/** What kind of answer an endpoint gives, as far as splitting goes. */
export type FrozenKind =
  | 'aggregate'
  | 'rawData'
  | 'eventsAggregate'
  | 'enrollmentsAggregate'
  | 'events'
  | 'enrollments'
  | 'trackedEntities'

/** What a data item is, as far as it matters to how it may be split. */
export type DataKind =
  | 'dataElement'
  | 'operand'
  | 'indicator'
  | 'expression'
  | 'reportingRate'
  | 'programIndicator'
  | 'programData'
  | 'other'

/** An item of `dx`. */
export interface FrozenData {
  readonly id: string
  readonly kind: DataKind
  /** Of data elements and operands: how they are aggregated, by themselves or as the question says. */
  readonly aggregation?: string
  /** Of data elements and operands: whether their values are text, which nobody aggregates. */
  readonly isText?: boolean
  /** Of data elements and operands, where it was asked for: what periods they are collected for, such as `Yearly`. */
  readonly periodTypes?: readonly string[]
  /** Of indicators and expressions: whether there is a LAST or FIRST in them. */
  readonly hasLast?: boolean
  /**
   * Where a dataset was asked for it later than for others: the how manieth time its data items became more. It shares no
   * request with those of other times.
   */
  readonly since?: number
  /** Of indicators and expressions: whether they have a period offset or a year to date, which adds years to a request. */
  readonly addsYears?: boolean
}

/** An item of `pe`, and its days. */
export interface FrozenPeriod extends Span {
  readonly id: string
}

/** The items of `ou`, where they are a dimension. */
export interface FrozenOrgUnits {
  /** From the top down to each, in the order of the tree: `/ImspTQPwCqd/O6uvpzGd5pu`. */
  readonly paths: readonly string[]
  /**
   * Where they are all of one level below some roots, as `LEVEL-4;O6uvpzGd5pu` says: the level and the ids of the roots;
   * without roots, of the whole hierarchy. Then a subtree of them can be said in the same way.
   */
  readonly level?: { readonly number: number; readonly roots?: readonly string[] }
}

/** A further dimension with items. */
export interface FrozenDimension {
  readonly name: string
  readonly items: readonly string[]
}

/** Which days a list is asked for. */
export interface FrozenDays {
  /** How they are said: `startDate` and `endDate`, or a date of its own such as `enrollmentDate`. */
  readonly by: string
  /** The column that has the date. */
  readonly column: string
  /** Disjoint, in their order, none right behind another. */
  readonly spans: readonly Span[]
}

/** A question as it was meant on one day: ids in place of keywords, and what has to be known to split it. Plain JSON. */
export interface FrozenQuestion {
  readonly endpoint: string
  readonly kind: FrozenKind
  /** What all requests have: filters, dimensions that are kept whole, other parameters. */
  readonly shared: readonly Pair[]
  /** Undefined where `dx` is no dimension. */
  readonly data?: readonly FrozenData[]
  /** The items of `dx` where that is a filter: what is added up keeps the rules of all of them. */
  readonly filteredData?: readonly FrozenData[]
  /** Undefined where `pe` is no dimension. */
  readonly periods?: readonly FrozenPeriod[]
  readonly orgUnits?: FrozenOrgUnits
  /** Dimensions that may be cut along themselves. */
  readonly others?: readonly FrozenDimension[]
  /** Of lists. */
  readonly days?: FrozenDays
  /** Of rawData: what periods its data are collected for; undefined where one of them is not known. */
  readonly dataPeriodTypes?: readonly string[]
  /**
   * How many rows there are at most for one item of each of the dimensions above: what the dimensions that are kept whole
   * come to. Undefined where nobody can tell.
   */
  readonly rowsEach?: number
  /** What became of the question on the way, a line each, for people. */
  readonly notes: readonly string[]
}
