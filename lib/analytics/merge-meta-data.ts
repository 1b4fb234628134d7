import type { MetaData } from '../grid/grid.ts'

/**
 * What a further page says of its items, added to what is known: into the same objects, so that whoever holds them
 * finds a row's items there before the row comes. Other fields are those of the first page.
 */
export function mergeMetaData(known: MetaData | undefined, more: MetaData): MetaData {
  if (!known) return more
  for (const field of ['items', 'names'] as const) {
    if (more[field]) known[field] = addMissing(known[field] ?? {}, more[field]) as never
  }
  if (more.dimensions) {
    known.dimensions = addMissing(known.dimensions ?? {}, more.dimensions) as Record<string, string[]>
    for (const [name, ids] of Object.entries(more.dimensions)) {
      const all = known.dimensions[name]
      if (Array.isArray(all) && all !== ids) set(known.dimensions, name, [...new Set([...all, ...ids])])
    }
  }
  return known
}

function addMissing(to: Record<string, unknown>, from: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(from)) if (!Object.hasOwn(to, key)) set(to, key, value)
  return to
}

/** Also a `__proto__`, which an assignment would not make a field of. */
function set(to: object, key: string, value: unknown): void {
  Object.defineProperty(to, key, { value, configurable: true, enumerable: true, writable: true })
}
