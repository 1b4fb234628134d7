import type { Place } from './place.ts'
import type { Places } from './places.ts'

/** What the items of `ou` stand for. */
export interface OuAxis {
  readonly places: readonly Place[]
  /** Levels and groups that were named, and the org units that were their roots. */
  readonly named: readonly { readonly id: string; readonly name: string; readonly code?: string }[]
}

/**
 * Under a level or a group the other items are its roots, or the whole country where there are none. What nobody knows is
 * dropped without a word, and so is what stands behind the number of a level.
 */
export function ouAxis(items: readonly string[], places: Places, user: readonly Place[]): OuAxis {
  const below = (depth: number) =>
    places.all.filter((place) =>
      user.some(({ id, level }) => place.level === level + depth && place.ids.includes(id)),
    )
  const keywords: Readonly<Record<string, () => readonly Place[]>> = {
    USER_ORGUNIT: () => user,
    USER_ORGUNIT_CHILDREN: () => below(1),
    USER_ORGUNIT_GRANDCHILDREN: () => below(2),
  }
  const roots = items.flatMap((item) => keywords[item]?.() ?? places.byId.get(item) ?? [])
  const keyed = items.filter((item) => /^(LEVEL|OU_GROUP)-/.test(item))
  if (keyed.length === 0) return { places: [...new Set(roots)], named: [] }
  const sets = keyed.flatMap((item) => {
    const [kind, id] = item.split('-') as [string, string]
    if (kind === 'OU_GROUP') return places.groups.find((group) => group.id === id) ?? []
    return places.levels.find((level) => level.id === id || String(level.level) === id) ?? []
  })
  const isBelow = ({ at }: Place) =>
    roots.length === 0 || roots.some((root) => at >= root.at && at < root.end)
  return {
    places: places.all.filter((place) => isBelow(place) && sets.some((set) => set.has(place))),
    named: [
      ...sets.map(({ id, name }) => ({ id, name })),
      ...roots.map(({ id, name, code }) => ({ id, name, code })),
    ],
  }
}

/** All that enters a data set at or below some places, each once. */
export function within(sources: readonly Place[], places: readonly Place[]): readonly Place[] {
  if (places.length === 1) return slice(sources, places[0]!)
  return sources.filter(({ at }) => places.some((place) => at >= place.at && at < place.end))
}

function slice(sources: readonly Place[], { at, end }: Place): readonly Place[] {
  const from = lowerBound(sources, at)
  const to = lowerBound(sources, end)
  return sources.slice(from, to)
}

function lowerBound(sources: readonly Place[], at: number): number {
  let [low, high] = [0, sources.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sources[middle]!.at < at) low = middle + 1
    else high = middle
  }
  return low
}
