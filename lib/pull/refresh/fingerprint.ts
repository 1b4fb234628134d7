import { grouped } from '../grouped.ts'
import type { ThingsAsked } from './ask-things.ts'
import { type Hierarchy, hierarchyOf, parentsFrom, treeText } from './hierarchy.ts'
import {
  closureOf,
  type Kind,
  kindsOfDimensions,
  nouns,
  rootsOf,
  type Thing,
  type ThingRef,
  type Things,
} from './things.ts'

/** All that changes answers without changing values, in JSON: what formulas, types and groups are, and the hierarchy. */
export interface Fingerprint {
  readonly things: Things
  /** As `treeText` has it. */
  readonly tree: string
}

/** What is another than it was, and what it concerns. */
export interface Difference {
  /** Such as `indicator ANC 1 Coverage (Uvn6LCg7dVU): numerator was #{…}, is #{…}`. */
  readonly text: string
  /** Data items whose values it may change; undefined for all. */
  readonly dx?: readonly string[] | undefined
  /** Org units whose values it may change; undefined for all. */
  readonly ou?: readonly string[] | undefined
}

/** A fingerprint of what was found. */
export function fingerprintOf(things: Things, parents: ReadonlyMap<string, string>): Fingerprint {
  return { things, tree: treeText(parents) }
}

/**
 * What differs between two fingerprints, each by name. `items` are the data items of the question, and `dimensions` its
 * dimensions but dx, pe and ou; what neither is made with is left out. `nameOf` names org units where it can.
 */
export function differences(
  was: Fingerprint,
  is: Fingerprint,
  { items, dimensions }: ThingsAsked,
  nameOf: (orgUnit: string) => string | undefined = () => undefined,
): Difference[] {
  return [
    ...differentThings(was.things, is.things, items, dimensions),
    ...differentPlaces(was.tree, is.tree, nameOf),
  ]
}

function differentThings(
  was: Things,
  is: Things,
  items: readonly string[],
  dimensions: readonly string[],
): Difference[] {
  const changed = (Object.keys(nouns) as Kind[]).flatMap((kind) => {
    const [before = {}, after = {}] = [was[kind], is[kind]]
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted().flatMap((id) => {
      const told = whatDiffers(before[id], after[id])
      if (!told) return []
      const name = (after[id] ?? before[id])!.name
      return [{ key: `${kind} ${id}`, text: `${nouns[kind]} ${name} (${id}): ${told}` }]
    })
  })
  if (!changed.length) return []
  const usersOf = (roots: (things: Things) => ThingRef[]) => {
    const [before, after] = [closureOf(roots(was), was), closureOf(roots(is), is)]
    return (key: string) => before.has(key) || after.has(key)
  }
  const ofDimensions = usersOf(() =>
    kindsOfDimensions.flatMap((kind) => dimensions.map((id) => ({ kind, id }))),
  )
  const uses = items.map((item) => ({ item, has: usersOf((things) => rootsOf(item, things)) }))
  return changed.flatMap(({ key, text }) => {
    if (ofDimensions(key)) return [{ text }]
    const dx = uses.filter(({ has }) => has(key)).map(({ item }) => item)
    return dx.length ? [{ text, dx }] : []
  })
}

function whatDiffers(was: Thing | undefined, is: Thing | undefined): string | undefined {
  if (!was) return 'is new'
  if (!is) return 'is gone'
  const names = [...new Set([...Object.keys(was.fields), ...Object.keys(is.fields)])].toSorted()
  const told = names.flatMap((name) => {
    const [before, after] = [was.fields[name], is.fields[name]]
    if (JSON.stringify(before) === JSON.stringify(after)) return []
    return [
      isList(before) && isList(after)
        ? listed(name, before, after)
        : `${name} was ${shown(before)}, is ${shown(after)}`,
    ]
  })
  return told.length ? told.join('; ') : undefined
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function listed(name: string, was: readonly string[], is: readonly string[]): string {
  const [before, after] = [new Set(was), new Set(is)]
  const come = is.filter((id) => !before.has(id))
  const gone = was.filter((id) => !after.has(id))
  return [
    ...(come.length ? [`${name} now has ${some(come)}`] : []),
    ...(gone.length ? [`${name} no longer has ${some(gone)}`] : []),
  ].join('; ')
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ')
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === undefined ? 'not there' : text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function differentPlaces(
  was: string,
  is: string,
  nameOf: (orgUnit: string) => string | undefined,
): Difference[] {
  if (was === is) return []
  const [before, after] = [hierarchyOf(parentsFrom(was)), hierarchyOf(parentsFrom(is))]
  const named = (id: string) => (nameOf(id) === undefined ? id : `${nameOf(id)} (${id})`)
  const under = (parent: string | undefined) => (parent ? named(parent) : 'the top')
  const relevelled = relevelledBelow(before, after)
  return [...new Set([...before.parents.keys(), ...after.parents.keys()])].toSorted().flatMap((id) => {
    const [from, to] = [before.parents.get(id), after.parents.get(id)]
    if (from === to) return []
    const told =
      from === undefined
        ? `is new under ${under(to)}`
        : to === undefined
          ? `is gone from ${under(from)}`
          : `moved from ${under(from)} to ${under(to)}`
    return [
      {
        text: `org unit ${named(id)} ${told}`,
        ou: [...new Set([...before.aboveOf(id), ...after.aboveOf(id), ...(relevelled.get(id) ?? [])])],
      },
    ]
  })
}

/**
 * By what is above them: org units that are of another level now. Tables that were made before have them under the old one,
 * where nobody looks for them, so that their own values are gone until the next are made.
 */
function relevelledBelow(before: Hierarchy, after: Hierarchy): Map<string, string[]> {
  const found = [...after.parents.keys()]
    .filter((id) => before.aboveOf(id).length !== after.aboveOf(id).length)
    .flatMap((id) => after.aboveOf(id).map((above) => ({ above, id })))
  const byAbove = grouped(found, ({ above }) => above)
  return new Map([...byAbove].map(([above, some]) => [above, some.map(({ id }) => id)]))
}
