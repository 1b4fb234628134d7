import type { Axis, Range } from './plan-axis.ts'
import { blocksOf, middleOf } from './plan-blocks.ts'
import type { Group } from './plan-group.ts'

/** Ranges of all axes of a group, in their order: the cells that one piece is to answer. */
export type Box = readonly Range[]

/** A group, and the blocks that its axes are cut into to begin with: each combination of them is a piece. */
export interface PlannedGroup {
  readonly group: Group
  readonly blocks: readonly (readonly Range[])[]
  /** The number of its first piece in the plan. */
  readonly first: number
  readonly count: number
}

/** The ranges of so many pieces from the `at`th of a group on, as far as they are a box; and how many those are. */
export function boxAt({ blocks }: PlannedGroup, at: number, count: number): { box: Box; count: number } {
  const digits: number[] = []
  let rest = at
  for (let axis = blocks.length - 1; axis >= 0; axis--) {
    digits[axis] = rest % blocks[axis]!.length
    rest = Math.floor(rest / blocks[axis]!.length)
  }
  const taken = blocks.map(() => 1)
  let inEach = 1
  for (let axis = blocks.length - 1; axis >= 0; axis--) {
    const all = blocks[axis]!.length
    taken[axis] = Math.min(Math.floor(count / inEach), all - digits[axis]!)
    inEach *= taken[axis]!
    if (taken[axis]! < all) break
  }
  const box = blocks.map((of, axis) => {
    const first = digits[axis]!
    return { from: of[first]!.from, to: of[first + taken[axis]! - 1]!.to }
  })
  return { box, count: inEach }
}

/** The order in which axes are cut; periods first where a year begins in them. */
function axisToCut({ axes }: Group, box: Box): number {
  const canCut = (name: string) => axes.findIndex((axis, at) => axis.name === name && widthOf(box[at]!) > 1)
  const pe = canCut('pe')
  if (pe !== -1 && hasYear(axes[pe]!, box[pe]!)) return pe
  for (const name of ['days', 'ou', 'pe', 'dx']) {
    const at = canCut(name)
    if (at !== -1) return at
  }
  return box.findIndex((range) => widthOf(range) > 1)
}

/** The axis of the data items, where a box has several; else -1. */
export function dataAxis({ axes }: Group, box: Box): number {
  return axes.findIndex(({ name }, at) => name === 'dx' && widthOf(box[at]!) > 1)
}

/** The boxes that one is cut into, along one axis: two where URLs have room for each; none where nothing can be cut. */
export function cutBox(group: Group, box: Box, room: number, at = axisToCut(group, box)): Box[] {
  if (at === -1) return []
  const axis = group.axes[at]!
  const range = box[at]!
  const middle = middleOf(axis, range)
  const others = group.axes.reduce(
    (total, each, other) => (other === at ? total : total + each.byteCount(box[other]!.from, box[other]!.to)),
    0,
  )
  const halves = [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ]
  const ranges = halves.flatMap((half) => blocksOf(axis, half, Infinity, room - others))
  return ranges.map((each) => box.map((old, other) => (other === at ? each : old)))
}

/** Whether a box may be one request. */
export function isAllowed({ axes, mostPlaces }: Group, box: Box, room: number): boolean {
  let [places, bytes] = [1, 0]
  for (const [at, axis] of axes.entries()) {
    const { from, to } = box[at]!
    const items = axis.itemCount(from, to)
    if (items > axis.most && widthOf(box[at]!) > 1) return false
    if (axis.name === 'pe' || axis.name === 'ou') places *= items
    bytes += axis.byteCount(from, to)
  }
  return places <= mostPlaces && bytes <= room
}

function widthOf({ from, to }: Range): number {
  return to - from
}

function hasYear(axis: Axis, { from, to }: Range): boolean {
  for (let at = from + 1; at < to; at++) if (axis.rank(at) === 0) return true
  return false
}
