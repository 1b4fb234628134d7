import type { Thing as Listed, MetadataLists } from '../../asking/metadata-lists.ts'
import { Dhis2ApiError } from '../../errors.ts'
import { grouped } from '../grouped.ts'
import {
  fieldsThatMatter,
  type Kind,
  kindsOfDimensions,
  kindsOfItems,
  type Thing,
  type ThingRef,
  type Things,
  usedBy,
} from './things.ts'

/** What to look for: the frozen data items of a question, and the ids of its dimensions other than dx, pe and ou. */
export interface ThingsAsked {
  readonly items: readonly string[]
  readonly dimensions: readonly string[]
}

/**
 * Asks for all metadata that the answers depend on: what the items are, what is in their formulas, and so on down. A list
 * that a server does not have, as older ones lack some, holds nothing.
 *
 * @throws every error of the family.
 */
export async function askThings(lists: MetadataLists, { items, dimensions }: ThingsAsked): Promise<Things> {
  const found: { [kind in Kind]?: Record<string, Thing> } = {}
  const asked = new Set<string>()
  const ids = items.flatMap((item) => item.split('.'))
  let wanted: ThingRef[] = [
    ...kindsOfItems.flatMap((kind) => ids.map((id) => ({ kind, id }))),
    ...kindsOfDimensions.flatMap((kind) => dimensions.map((id) => ({ kind, id }))),
  ]
  while (wanted.length) {
    const news = wanted.filter(({ kind, id }) => {
      const key = `${kind} ${id}`
      return !asked.has(key) && asked.add(key)
    })
    wanted = []
    for (const [kind, some] of grouped(news, (ref) => ref.kind)) {
      const ids = some.map(({ id }) => id)
      for (const [id, listed] of await listedOf(lists, kind, ids)) {
        const thing = thingOf(listed)
        found[kind] ??= {}
        found[kind][id] = thing
        wanted.push(...usedBy(kind, thing))
      }
    }
  }
  return found
}

async function listedOf(lists: MetadataLists, kind: Kind, ids: readonly string[]) {
  try {
    return await lists.byIds(kind, `id,name,${fieldsThatMatter[kind]}`, ids)
  } catch (error) {
    if (error instanceof Dhis2ApiError && error.httpStatus === 404) return new Map<string, Listed>()
    throw error
  }
}

function thingOf({ id, name, ...fields }: Listed): Thing {
  return { name: String(name ?? id), fields: plain(fields) as Record<string, unknown> }
}

/** With ids in place of objects that have nothing else, and lists of them in one order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const all = value.map(plain)
    return all.every((each) => typeof each === 'string') ? all.toSorted() : all
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only && typeof only[1] === 'string' && only[0] === 'id') return only[1]
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, plain(inner)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}
