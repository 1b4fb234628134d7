import { randomFrom, uidsByRow } from '../random.ts'
import { mix, shareOf } from './hash.ts'
import type { Place } from './place.ts'
import { type Standing, standing } from './standing.ts'

/** A level or a group of org units. */
export interface PlaceSet {
  readonly id: string
  readonly name: string
  readonly has: (place: Place) => boolean
}

export interface Places extends Standing {
  readonly byId: ReadonlyMap<string, Place>
  readonly levels: readonly (PlaceSet & { readonly level: number })[]
  readonly groups: readonly PlaceSet[]
}

const levelNames = ['Country', 'Region', 'District', 'Chiefdom', 'Village', 'Facility', 'Ward', 'Room']
const groupNames = ['Hospitals', 'Urban', 'Mission']

/** A hierarchy of so many org units on so many levels, most of them at the bottom; some end higher up. */
export function placesOf(seed: number, count: number, levelCount: number): Places {
  const idOf = uidsByRow(randomFrom(seed + 101))
  const children: number[][] = [[]]
  let [above, next] = [[0], 1]
  for (const size of sizesOf(count, levelCount)) {
    const level = Array.from({ length: size }, () => next++)
    for (const [n, unit] of level.entries()) {
      // The first of a level is below the first of the one before, so that every level there is one.
      const parent = n === 0 ? above[0]! : above[Math.floor(shareOf(mix(seed, unit)) * above.length)]!
      children[unit] = []
      children[parent]!.push(unit)
    }
    above = level
  }
  const placeOf = (unit: number, level: number): Place => {
    const id = idOf(unit)
    const name = level === 1 ? 'Testland' : `${levelNames[level - 1] ?? 'Place'} ${unit}, "${id.slice(-2)}"`
    const isLeaf = children[unit]!.length === 0
    const stands = { level, path: [], ids: [], at: 0, end: 0 }
    return { id, name, code: `OU_${unit}`, ...stands, isLeaf, hash: mix(seed + 7, unit) }
  }
  const below = new Map<Place, Place[]>()
  const grow = (unit: number, level: number): Place => {
    const place = placeOf(unit, level)
    below.set(
      place,
      children[unit]!.map((child) => grow(child, level + 1)),
    )
    return place
  }
  const hierarchy = standing(grow(0, 1), below)
  const setId = uidsByRow(randomFrom(seed + 102))
  return {
    get all() {
      return hierarchy.all
    },
    byId: new Map(hierarchy.all.map((place) => [place.id, place])),
    levels: Array.from({ length: levelCount }, (_, at) => ({
      id: setId(at),
      name: levelNames[at] ?? `Level ${at + 1}`,
      level: at + 1,
      has: (place) => place.level === at + 1,
    })),
    groups: groupNames.map((name, at) => ({
      id: setId(100 + at),
      name,
      has: (place) => place.isLeaf && shareOf(mix(place.hash, at)) < 0.4,
    })),
    move: hierarchy.move,
    movedAt: hierarchy.movedAt,
    before: hierarchy.before,
  }
}

/** How many org units there are on each level but the first, growing by the same factor from level to level. */
function sizesOf(count: number, levelCount: number): number[] {
  const below = levelCount - 1
  let [low, high] = [1, count]
  for (let round = 0; round < 60; round++) {
    const factor = (low + high) / 2
    const sum = Array.from({ length: below }, (_, at) => factor ** (at + 1)).reduce((a, b) => a + b, 1)
    if (sum > count) high = factor
    else low = factor
  }
  const sizes = Array.from({ length: below }, (_, at) => Math.max(1, Math.floor(low ** (at + 1))))
  const rest = count - 1 - sizes.reduce((sum, size) => sum + size, 0)
  sizes[below - 1] = Math.max(1, sizes[below - 1]! + rest)
  return sizes
}
