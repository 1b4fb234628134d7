import { grouped } from '../grouped.ts'
import type { Hierarchy } from './hierarchy.ts'

/** Those of some org units that do not lie below others of them. */
export function topsOf(orgUnits: readonly string[], { aboveOf }: Hierarchy): string[] {
  const all = new Set(orgUnits)
  return orgUnits.filter((id) => !aboveOf(id).some((above) => above !== id && all.has(above)))
}

/**
 * The same, fewer and further up where they are more than `most`: one stands for those below it once at least half of its
 * children are among them, so that little else lies below what is found. All facilities of a country become the country.
 */
export function wideTopsOf(orgUnits: readonly string[], most: number, hierarchy: Hierarchy): string[] {
  const { parents } = hierarchy
  const children = grouped(parents.keys(), (id) => parents.get(id)!)
  let tops = topsOf(orgUnits, hierarchy)
  for (let isHigher = true; isHigher && tops.length > most; ) {
    const before = new Set(tops)
    const next = [...grouped(tops, (id) => parents.get(id) ?? '')].flatMap(([parent, some]) =>
      parent && some.length * 2 >= children.get(parent)!.length ? [parent] : some,
    )
    isHigher = next.some((id) => !before.has(id))
    tops = topsOf(next, hierarchy)
  }
  return tops
}
