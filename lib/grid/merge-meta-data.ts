import { isObject, type MetaData } from './grid.ts'

/** What there is an entry of for each item, or org unit. */
const perItem = ['items', 'names', 'ouHierarchy', 'ouNameHierarchy'] as const

/**
 * What a further page says of its items, added to what is known: into the same objects, so that whoever holds them
 * finds a row's items there before the row comes. It is another object around them where there is something new, for
 * whoever compiles what it says. Other fields are those of the first page.
 */
export function mergeMetaData(known: MetaData | undefined, more: MetaData): MetaData {
  if (!known) return more
  const merged = { ...known }
  let gained = false
  for (const field of perItem) {
    const added = more[field]
    if (!isObject(added)) continue
    const before = merged[field]
    const all = isObject(before) ? before : {}
    for (const [key, value] of Object.entries(added)) gained = addItem(all, key, value) || gained
    Object.assign(merged, { [field]: all })
  }
  if (isObject(more.dimensions)) {
    const dimensions = (isObject(merged.dimensions) ? merged.dimensions : {}) as Record<string, string[]>
    for (const [name, ids] of Object.entries(more.dimensions)) {
      gained = addIds(dimensions, name, ids) || gained
    }
    merged.dimensions = dimensions
  }
  return gained ? merged : known
}

/** What stands in the lists that others were added to: a thousand pages of a list of thousands are not their product. */
const keysIn = new WeakMap<readonly unknown[], Set<unknown>>()

/** Whether there was something to add. */
function addItem(to: Record<string, unknown>, key: string, value: unknown): boolean {
  const known = Object.hasOwn(to, key) ? to[key] : undefined
  if (!Object.hasOwn(to, key)) {
    set(to, key, value)
    return true
  }
  // An option set has those of its options that were met.
  if (!isObject(known) || !isObject(value) || !Array.isArray(known['options'])) return false
  return addIds(known as Record<string, unknown[]>, 'options', value['options'], optionOf)
}

function addIds(
  to: Record<string, unknown[]>,
  name: string,
  more: unknown,
  keyOf: (each: unknown) => unknown = (each) => each,
): boolean {
  if (!Array.isArray(more)) return false
  const known = Object.hasOwn(to, name) ? to[name] : undefined
  if (!Array.isArray(known)) {
    set(to, name, more)
    return true
  }
  const keys = keysIn.get(known) ?? new Set(known.map(keyOf))
  keysIn.set(known, keys)
  const before = known.length
  for (const each of more) {
    const key = keyOf(each)
    if (keys.has(key)) continue
    keys.add(key)
    known.push(each)
  }
  return known.length > before
}

function optionOf(option: unknown): unknown {
  return isObject(option) ? (option['uid'] ?? option['code']) : option
}

/** Also a `__proto__`, which an assignment would not make a field of. */
function set(to: object, key: string, value: unknown): void {
  Object.defineProperty(to, key, { value, configurable: true, enumerable: true, writable: true })
}
