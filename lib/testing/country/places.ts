import { randomFrom, uidsByRow } from '../random.ts'
import type { OrgUnit } from '../world.ts'
import { mix, shareOf } from './hash.ts'

/** An org unit of the country. */
export interface Place extends OrgUnit {
  /** Its number in the list of all, in which those below a place come right behind it, up to `end`. */
  readonly at: number
  readonly end: number
  readonly isLeaf: boolean
  readonly hash: number
}

/** A level or a group of org units. */
export interface PlaceSet {
  readonly id: string
  readonly name: string
  readonly has: (place: Place) => boolean
}

export interface Places {
  /** From the top down, each followed by those below it. */
  readonly all: readonly Place[]
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
  const all: Place[] = []
  const walk = (unit: number, parent: Place | undefined) => {
    const level = (parent?.level ?? 0) + 1
    const id = idOf(unit)
    const name = level === 1 ? 'Testland' : `${levelNames[level - 1] ?? 'Place'} ${unit}, "${id.slice(-2)}"`
    const place = {
      id,
      name,
      code: `OU_${unit}`,
      level,
      path: [...(parent?.path ?? []), name],
      ids: [...(parent?.ids ?? []), id],
      at: all.length,
      end: 0,
      isLeaf: children[unit]!.length === 0,
      hash: mix(seed + 7, unit),
    }
    all.push(place)
    for (const child of children[unit]!) walk(child, place)
    place.end = all.length
  }
  walk(0, undefined)
  const setId = uidsByRow(randomFrom(seed + 102))
  return {
    all,
    byId: new Map(all.map((place) => [place.id, place])),
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
