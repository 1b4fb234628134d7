import { QueryError, UnexpectedContentError } from '../errors.ts'
import type { Pair } from '../query/list-question.ts'
import type { Asker } from './asker.ts'
import { frozenOrgUnits } from './frozen.ts'

/** An org unit and where it stands in the hierarchy; `path` is `/` and the ids from the top down to its own. */
interface OrgUnit {
  readonly id: string
  readonly level: number
  readonly path: string
}

/** Those of an {@link OrgUnit}. */
const fields = 'id,level,path'

/** How many org units are asked for at once, for the sake of the URL's length. */
const atOnce = 300

/** From how many on the whole hierarchy is asked for, which is one request. */
const many = 3000

/** Whether an item of `ou` stands for others. */
export function isKeyword(item: string): boolean {
  return /^(USER_ORGUNIT|LEVEL-|OU_GROUP-)/.test(item)
}

/** Whether items of `ou` may stand for org units of several levels, as far as can be told without the server. */
export function mayMixLevels(items: readonly string[]): boolean {
  const levels = items.filter((item) => item.startsWith('LEVEL-'))
  const others = items.filter((item) => !item.startsWith('LEVEL-'))
  // Beside a level, the others are only its roots.
  if (levels.length === 1) return others.some(isKeyword)
  return items.length > 1 || items.some(isKeyword)
}

/**
 * The org units that items of `ou` stand for, in groups of one level each, topmost first.
 *
 * @throws QueryError where one that was named is not there, which the server would drop in silence.
 */
export async function levelsOf(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<readonly (readonly OrgUnit[])[]> {
  const hasKeyword = items.some(isKeyword)
  const ids = hasKeyword ? await frozenOrgUnits(asker, api, items, base) : items
  const units = await orgUnits(asker, api, (some) => `id:in:[${some.join(',')}]`, ids)
  const known = new Set(units.map(({ id }) => id))
  const missing = ids.filter((id) => !known.has(id))
  if (missing.length) throw new QueryError(`Query: ou: there is no org unit ${missing.join(', ')}`)
  const levels = new Map<number, OrgUnit[]>()
  for (const unit of units) {
    const group = levels.get(unit.level)
    if (group) group.push(unit)
    else levels.set(unit.level, [unit])
  }
  return [...levels].toSorted(([a], [b]) => a - b).map(([, group]) => group)
}

/** The same groups without the org units that lie below others: their rows are among those of the others. */
export function withoutNested(levels: readonly (readonly OrgUnit[])[]): string[][] {
  const above = new Set<string>()
  return levels.flatMap((group) => {
    const free = group.filter(({ path }) => !path.split('/').some((id) => above.has(id)))
    for (const { id } of free) above.add(id)
    return free.length ? [free.map(({ id }) => id)] : []
  })
}

/** The ids of the org units right below one. */
export async function childrenOf(asker: Asker, api: string, parent: string): Promise<string[]> {
  const units = await orgUnits(asker, api, ([id]) => `parent.id:eq:${id}`, [parent])
  return units.map(({ id }) => id)
}

async function orgUnits(
  asker: Asker,
  api: string,
  filterOf: (ids: readonly string[]) => string,
  ids: readonly string[],
): Promise<OrgUnit[]> {
  if (ids.length > many) {
    const wanted = new Set(ids)
    const all = await listedOrgUnits<OrgUnit>(asker, api, fields)
    return all.filter(({ id }) => wanted.has(id))
  }
  const found: OrgUnit[] = []
  for (let at = 0; at < ids.length; at += atOnce) {
    found.push(...(await listedOrgUnits<OrgUnit>(asker, api, fields, filterOf(ids.slice(at, at + atOnce)))))
  }
  return found
}

/** Org units with these fields, all of them unless there is a filter, in one answer. */
export async function listedOrgUnits<T>(
  asker: Asker,
  api: string,
  fields: string,
  filter?: string,
): Promise<readonly T[]> {
  const pairs: Pair[] = [
    ...(filter === undefined ? [] : [['filter', filter] as const]),
    ['fields', fields],
    ['paging', 'false'],
  ]
  const body = await asker.json(`${api}/organisationUnits.json`, pairs)
  const { organisationUnits } = body as { organisationUnits?: unknown }
  if (Array.isArray(organisationUnits)) return organisationUnits as T[]
  throw new UnexpectedContentError('The answer has no organisationUnits')
}
