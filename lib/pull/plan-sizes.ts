import type { Axis, Range } from './plan-axis.ts'
import { blocksOf } from './plan-blocks.ts'
import type { Group } from './plan-group.ts'

/** How large the pieces of a plan are to begin with. */
export interface PieceSize {
  /** Cells that a piece may have. Default 50,000. */
  readonly cells: number
  /** Bytes of path and query that a request may have. Default 6,500. */
  readonly urlBytes: number
}

/** The first windows of a list: a month each, whole ones where that goes. */
const daysAtOnce = 31

/** What each axis may take of a URL that has no room for all; `ou` takes what is left. */
const shares: Readonly<Record<string, number>> = { dx: 0.5, pe: 0.25 }
const otherShare = 0.1

/**
 * The blocks that each axis of a group is cut into: by years first, then by org units, then by periods, then by data, until
 * a piece is small enough.
 */
export function baseBlocks(group: Group, { cells, urlBytes }: PieceSize, fixedBytes: number): Range[][] {
  const { axes } = group
  const room = urlBytes - fixedBytes
  const bytes = axes.map((axis) => {
    if (sum(axes.map((each) => each.byteCount(0, each.count))) <= room) return Infinity
    return axis.name === 'ou' ? Infinity : room * (shares[axis.name] ?? otherShare)
  })
  const items = axes.map((axis, at) => largest(axis, blocksOf(axis, allOf(axis), Infinity, bytes[at]!)))
  shrink(group, items, group.isList ? Infinity : cells)
  const blocks: Range[][] = []
  axes.forEach((axis, at) => {
    if (axis.name === 'ou') return
    const most = axis.name === 'days' ? daysAtOnce : items[at]!
    blocks[at] = blocksOf(axis, allOf(axis), most, bytes[at]!)
  })
  const taken = sum(axes.map((axis, at) => (blocks[at] ? longest(axis, blocks[at]) : 0)))
  axes.forEach((axis, at) => {
    blocks[at] ??= blocksOf(axis, allOf(axis), items[at]!, room - taken)
  })
  return blocks
}

/** Makes the items of each axis fewer until a piece is within bounds. */
function shrink({ axes, rowsEach = 1, mostPlaces }: Group, items: number[], cells: number): void {
  const indexOf = (name: string) => axes.findIndex((axis) => axis.name === name)
  const [pe, ou, dx] = [indexOf('pe'), indexOf('ou'), indexOf('dx')]
  const others = axes.map((_, at) => at).filter((at) => at !== pe && at !== ou && at !== dx)
  const most = (at: number) => {
    const rest = items.reduce((product, count, other) => (other === at ? product : product * count), rowsEach)
    const places = at === pe ? (items[ou] ?? 1) : at === ou ? (items[pe] ?? 1) : 0
    return Math.floor(Math.min(cells / rest, places ? mostPlaces / places : Infinity))
  }
  const year = pe === -1 ? 1 : itemsOfAYear(axes[pe]!)
  for (const [at, least] of [
    [pe, year],
    [ou, 1],
    [pe, 1],
    [dx, 1],
    ...others.map((at) => [at, 1]),
  ] as const) {
    if (at === -1 || at === undefined) continue
    const allowed = most(at)
    items[at] = Math.min(items[at]!, Math.max(least ?? 1, allowed - (allowed % (least ?? 1))))
  }
}

function itemsOfAYear(axis: Axis): number {
  let most = 1
  let from = 0
  for (let at = 1; at <= axis.count; at++) {
    if (at < axis.count && axis.rank(at) !== 0) continue
    most = Math.max(most, axis.itemCount(from, at))
    from = at
  }
  return most
}

export function allOf(axis: Axis): Range {
  return { from: 0, to: axis.count }
}

/** The bytes of the longest block. */
export function longest(axis: Axis, blocks: readonly Range[]): number {
  return blocks.reduce((most, { from, to }) => Math.max(most, axis.byteCount(from, to)), 0)
}

function largest(axis: Axis, blocks: readonly Range[]): number {
  return blocks.reduce((most, { from, to }) => Math.max(most, axis.itemCount(from, to)), 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
