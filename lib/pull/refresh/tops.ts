import { grouped } from '../grouped.ts'
import type { Hierarchy } from './hierarchy.ts'

/** Those of some org units that do not lie below others of them. */
export function topsOf(orgUnits: readonly string[], { aboveOf }: Hierarchy): string[] {
  const all = new Set(orgUnits)
  return orgUnits.filter((id) => !aboveOf(id).some((above) => above !== id && all.has(above)))
}

/**
 * Tops that are more than `most`, fewer and further up: one stands for those below it once at least half of its children are
 * among them, so that little else lies below what is found. All facilities of a country become the country. The list that
 * was given, where there is nothing to win.
 */
export function widened(tops: readonly string[], most: number, hierarchy: Hierarchy): readonly string[] {
  if (tops.length <= most) return tops
  const { parents } = hierarchy
  const children = grouped(parents.keys(), (id) => parents.get(id)!)
  const before = new Set(tops)
  const next = [...grouped(tops, (id) => parents.get(id) ?? '')].flatMap(([parent, some]) =>
    parent && some.length * 2 >= children.get(parent)!.length ? [parent] : some,
  )
  return next.some((id) => !before.has(id)) ? widened(topsOf(next, hierarchy), most, hierarchy) : tops
}
