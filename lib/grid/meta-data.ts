import type { MetaData } from './grid.ts'

/** What `metaData.items` says of an id. Undefined where it says nothing; servers have said null where others leave a field out. */
export function itemOf({ items }: MetaData, id: string): Readonly<Record<string, unknown>> | undefined {
  const item = fieldOf(items, id)
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : undefined
}

/** The ids that an answer has in a column; undefined where it does not say. Old servers said it one level up. */
export function idsOf(metaData: MetaData, column: string): readonly string[] | undefined {
  const ids = fieldOf(metaData.dimensions ?? metaData, column)
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : undefined
}

/** What a field of an object holds that may be none, and have no such field. */
export function fieldOf(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, name)) return undefined
  return (of as Record<string, unknown>)[name]
}
