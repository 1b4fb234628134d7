/**
 * A dimension along which a question may be cut: bundles of items that are never cut apart, most of one item. A range of
 * them is `[from, to)`.
 */
export interface Axis {
  /** The dimension: `dx`, `pe`, `ou`, another; or `days`. */
  readonly name: string
  /** How many bundles. */
  readonly count: number
  /** Items in one piece at most. */
  readonly most: number
  itemCount(from: number, to: number): number
  items(from: number, to: number): string[]
  /** Bytes in a URL of what says a range. */
  byteCount(from: number, to: number): number
  /** What says a range in a URL. */
  text(from: number, to: number): string
  /** How good a place to cut it is before a bundle, 0 being the best. */
  rank(at: number): number
}

export interface Range {
  readonly from: number
  readonly to: number
}

export interface AxisOptions {
  readonly name: string
  readonly bundles: readonly (readonly string[])[]
  readonly most?: number
  readonly rank?: (at: number) => number
}

/** An axis whose items are said one by one. */
export function listAxis({ name, bundles, most = Infinity, rank = () => 1 }: AxisOptions): Axis {
  const all = bundles.flat()
  const starts = sums(bundles.map(({ length }) => length))
  const bytes = sums(all.map((id) => lengthOf(id) + 1))
  const items = (from: number, to: number) => all.slice(starts[from], starts[to])
  return {
    name,
    count: bundles.length,
    most,
    itemCount: (from, to) => starts[to]! - starts[from]!,
    items,
    byteCount: (from, to) => bytes[starts[to]!]! - bytes[starts[from]!]! - 1,
    text: (from, to) => items(from, to).join(';'),
    rank,
  }
}

/** The same as one bundle. */
export function wholeAxis(axis: Axis): Axis {
  const { count } = axis
  return {
    name: axis.name,
    count: 1,
    most: Infinity,
    itemCount: () => axis.itemCount(0, count),
    items: () => axis.items(0, count),
    byteCount: () => axis.byteCount(0, count),
    text: () => axis.text(0, count),
    rank: () => 0,
  }
}

/** How many bytes an id takes in a URL. */
function lengthOf(id: string): number {
  return /^[\w.*-]+$/.test(id) ? id.length : encodeURIComponent(id).replaceAll('%3A', ':').length
}

function sums(numbers: readonly number[]): Float64Array {
  const all = new Float64Array(numbers.length + 1)
  numbers.forEach((number, at) => {
    all[at + 1] = all[at]! + number
  })
  return all
}
