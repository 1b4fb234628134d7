import { type Asker, refusedWith } from '../asking/asker.ts'
import { frozenOrgUnits } from '../asking/frozen.ts'
import { isKeyword, levelsOf, withoutNested } from '../asking/org-units.ts'
import { QueryError } from '../errors.ts'
import type { Pair } from '../query/dimension-text.ts'
import type { FrozenKind, FrozenOrgUnits } from './frozen-question.ts'

/** Org units as they are today. */
export interface FrozenOu extends FrozenOrgUnits {
  readonly levelCount: number
  /** How many were left out as their rows are among those of others. */
  readonly nested: number
}

/** Kinds whose rows say where something was entered, and not what was asked for: those of one below another come twice. */
const byDescendants: readonly FrozenKind[] = ['rawData', 'events', 'enrollments', 'trackedEntities']

/**
 * What items of `ou` stand for, with their paths, in the order of the tree.
 *
 * @throws QueryError for those that were named and are not there, and where there are none at all.
 */
export async function frozenPlaces(
  asker: Asker,
  api: string,
  kind: FrozenKind,
  items: readonly string[],
  base: readonly Pair[],
): Promise<FrozenOu> {
  const named = items.filter((item) => !isKeyword(item))
  // As roots they are not among what comes, and the server drops what it does not know.
  if (named.length < items.length && named.length) await levelsOf(asker, api, named, base)
  const levels = await levelsOf(asker, api, items, base).catch((error: unknown) => {
    if (!refusedWith(error, 'E7124', 'E7143')) throw error
    throw new QueryError(`plan: ou: there is no org unit in ${items.join(', ')}`, { cause: error })
  })
  const paths = levels.flatMap((group) => group.map(({ path }) => path))
  const kept = byDescendants.includes(kind) ? disjoint(levels, base) : paths
  const level = kept.length === paths.length ? await levelAsked(asker, api, items, paths, base) : undefined
  return {
    paths: kept.toSorted(),
    ...(level && { level }),
    levelCount: levels.length,
    nested: paths.length - kept.length,
  }
}

type Levels = Awaited<ReturnType<typeof levelsOf>>

/** @throws QueryError under an `ouMode` for which nobody can tell what is disjoint. */
function disjoint(levels: Levels, base: readonly Pair[]): string[] {
  const [, mode = 'DESCENDANTS'] = base.find(([name]) => name === 'ouMode') ?? []
  const all = levels.flat()
  if (mode === 'SELECTED' || levels.length === 1) return all.map(({ path }) => path)
  if (mode === 'DESCENDANTS') {
    const kept = new Set(withoutNested(levels).flat())
    return all.filter(({ id }) => kept.has(id)).map(({ path }) => path)
  }
  throw new QueryError(
    `plan: ou has org units of several levels, which overlap under ouMode=${mode}; ask for one level`,
  )
}

/** The level and the roots that were asked for, where the org units are all of them. */
async function levelAsked(
  asker: Asker,
  api: string,
  items: readonly string[],
  paths: readonly string[],
  base: readonly Pair[],
): Promise<FrozenOrgUnits['level']> {
  const others = items.filter((item) => !item.startsWith('LEVEL-'))
  if (items.length - others.length !== 1 || others.some((item) => item.startsWith('OU_GROUP-')))
    return undefined
  const number = paths[0]!.split('/').length - 1
  if (others.length === 0) return { number }
  const roots = others.some(isKeyword) ? await frozenOrgUnits(asker, api, others, base) : others
  return { number, roots: roots.toSorted() }
}
