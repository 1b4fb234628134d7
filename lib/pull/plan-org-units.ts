import type { FrozenOrgUnits } from './frozen-question.ts'
import { type Axis, listAxis } from './plan-axis.ts'

const idLength = 11

/**
 * Org units in the order of the tree. Where the question has all of one level, a range is said as the roots of subtrees
 * that hold just that, `LEVEL-5;p1;p2`, if that is shorter than their ids.
 */
export function orgUnitAxis({ paths, level }: FrozenOrgUnits): Axis {
  const lines = paths.map((path) => path.slice(1).split('/'))
  const list = listAxis({ name: 'ou', bundles: lines.map((line) => [line.at(-1)!]) })
  const shared = lines.map((line, at) => (at === 0 ? 0 : sharedBy(lines[at - 1]!, line)))
  const rank = (at: number) => shared[at]!
  if (!level) return { ...list, rank }
  const roots = level.roots && new Set(level.roots)
  /** How deep the topmost org unit above one stands that all of its level are asked for below. */
  const tops = lines.map((line) => (roots ? line.findIndex((id) => roots.has(id)) + 1 : 1))
  const prefix = `LEVEL-${level.number}`

  const subtrees = (from: number, to: number): string[] | undefined => {
    const found: string[] = []
    for (let at = from; at < to; ) {
      const next = subtreeAt(at, to)
      if (!next) return undefined
      found.push(next.root)
      at = next.end
    }
    return found
  }

  /** The largest subtree that begins with an org unit and ends before `to`. */
  const subtreeAt = (at: number, to: number) => {
    const top = Math.max(tops[at]!, shared[at]! + 1)
    for (let depth = top; depth < level.number; depth++) {
      let end = at + 1
      while (end < to && shared[end]! >= depth) end += 1
      const isWhole = end === lines.length || shared[end]! < depth
      if (isWhole) return { root: lines[at]![depth - 1]!, end }
    }
    return undefined
  }

  const bytesOf = (found: readonly string[] | undefined) =>
    found === undefined ? Infinity : prefix.length + found.length * (1 + idLength)
  return {
    ...list,
    rank,
    byteCount: (from, to) => Math.min(list.byteCount(from, to), bytesOf(subtrees(from, to))),
    text(from, to) {
      const found = subtrees(from, to)
      if (bytesOf(found) >= list.byteCount(from, to)) return list.text(from, to)
      return [prefix, ...found!].join(';')
    },
  }
}

function sharedBy(a: readonly string[], b: readonly string[]): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
