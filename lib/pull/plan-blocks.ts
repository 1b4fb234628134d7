import type { Axis, Range } from './plan-axis.ts'

/**
 * Cuts a range into blocks of at most so many items and bytes, at good places where there are some; a bundle that is
 * larger than that is a block of its own.
 */
export function blocksOf(axis: Axis, range: Range, mostItems: number, mostBytes: number): Range[] {
  const most = Math.min(mostItems, axis.most)
  const blocks: Range[] = []
  for (let at = range.from; at < range.to; ) {
    const to = endOf(axis, at, range.to, most, mostBytes)
    blocks.push({ from: at, to })
    at = to
  }
  return blocks
}

/** The middle of a range of two bundles or more, or a better place nearby. */
export function middleOf(axis: Axis, { from, to }: Range): number {
  const middle = Math.ceil((from + to) / 2)
  const reach = Math.max(1, Math.floor((to - from) / 4))
  let best = middle
  for (let at = Math.max(from + 1, middle - reach); at <= Math.min(to - 1, middle + reach); at++) {
    const better = axis.rank(at) - axis.rank(best)
    if (better < 0 || (better === 0 && Math.abs(at - middle) < Math.abs(best - middle))) best = at
  }
  return best
}

/** Where a block that begins at `at` ends. */
function endOf(axis: Axis, at: number, end: number, most: number, mostBytes: number): number {
  const fits = (to: number) => axis.itemCount(at, to) <= most
  let size = furthest(at + 1, end, fits) - at
  for (; size > 1; size = Math.ceil(size / 2)) {
    const isShort = (to: number) => axis.byteCount(at, to) <= mostBytes
    const to = goodEnd(axis, at, at + size, end)
    if (isShort(to)) return to
    // Said one by one, what fits is found at once; said as subtrees, only smaller ones can be tried.
    const last = furthest(at + 1, to, isShort)
    if (last - at <= size / 2) continue
    const good = goodEnd(axis, at, last, end)
    return isShort(good) ? good : last
  }
  return at + 1
}

/** The best place to end in the second half of what is allowed. */
function goodEnd(axis: Axis, at: number, last: number, end: number): number {
  if (last >= end) return end
  let best = last
  for (let to = last - 1; to >= at + Math.ceil((last - at) / 2); to--) {
    if (axis.rank(to) < axis.rank(best)) best = to
  }
  return best
}

/** The last of `first` … `last` that passes, where all before it do; `first` where none does. */
function furthest(first: number, last: number, passes: (at: number) => boolean): number {
  let [low, high] = [first, last]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (passes(middle)) low = middle
    else high = middle - 1
  }
  return low
}
