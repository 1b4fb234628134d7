import { type OrgUnit, worldOf } from './world.ts'

/** How many org units the stand-in's country has. */
const count = 200

/** The org units of the stand-in's country, from the top down. */
export function countryOf(seed: number): readonly OrgUnit[] {
  return worldOf(seed).orgUnits(count)
}

/**
 * The org units that items of `ou` stand for: under a level or a group the others are its roots. What nobody knows is
 * dropped without a word.
 */
export function orgUnitsOf(items: readonly string[], country: readonly OrgUnit[]): OrgUnit[] {
  const [top] = country
  const mine = (levels: number) => country.filter(({ level }) => level === top!.level + levels)
  const keywords: Readonly<Record<string, readonly OrgUnit[]>> = {
    USER_ORGUNIT: mine(0),
    USER_ORGUNIT_CHILDREN: mine(1),
    USER_ORGUNIT_GRANDCHILDREN: mine(2),
  }
  const levels = items.flatMap((item) => /^LEVEL-(\d+)/.exec(item)?.[1] ?? []).map(Number)
  const groups = items.filter((item) => item.startsWith('OU_GROUP-'))
  const named = items.flatMap((item) => keywords[item] ?? country.filter(({ id }) => id === item))
  if (levels.length === 0 && groups.length === 0) return [...new Set(named)]
  const isBelow = ({ ids }: OrgUnit) => named.length === 0 || named.some(({ id }) => ids.includes(id))
  // A group is of every third facility.
  return country.filter(
    (unit, at) => (levels.includes(unit.level) || (groups.length > 0 && at % 3 === 0)) && isBelow(unit),
  )
}
