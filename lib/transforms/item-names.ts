import type { Header, MetaData } from '../grid/grid.ts'

interface Item {
  uid?: unknown
  code?: unknown
  name?: unknown
  options?: unknown
}

/** Columns that hold ids whatever `metaData.dimensions` says of them. */
const alwaysIds = new Set(['dx', 'pe', 'ou', 'co', 'ao'])
const neverIds =
  /^(NUMBER|UNIT_INTERVAL|PERCENTAGE|INTEGER.*|BOOLEAN|TRUE_ONLY|DATE|DATETIME|TIME|AGE|COORDINATE|GEOJSON)$/

/**
 * Whether a column holds items of a dimension, or options. Free text and numbers don't, even where a value looks like
 * an id: a count of 2022 is not the year.
 */
export function holdsItems({ name, valueType = '', optionSet }: Header, metaData: MetaData): boolean {
  if (alwaysIds.has(name) || optionSet !== undefined) return true
  return !neverIds.test(valueType) && idsIn(name, metaData).length > 0
}

/**
 * The names of what a column may hold, by id and, as options and other id schemes have them, by code; and then of every
 * other item, by id. Undefined where nobody has named it.
 */
export function namesFor(
  { name, optionSet }: Header,
  metaData: MetaData,
): (cell: string) => string | undefined {
  const { items = {}, names = {} } = metaData
  const itemOf = (id: string): Item | undefined => (Object.hasOwn(items, id) ? items[id] : undefined)
  const nameOf = (id: string) =>
    textOf(itemOf(id)?.name) ?? (Object.hasOwn(names, id) ? textOf(names[id]) : undefined)
  const own = new Map<string, string>()
  const keep = (key: unknown, label: string | undefined) => {
    if (typeof key === 'string' && label !== undefined && !own.has(key)) own.set(key, label)
  }

  const ids = idsIn(name, metaData)
  for (const id of ids) keep(id, nameOf(id))
  const options = optionSet === undefined ? undefined : itemOf(optionSet)?.options
  for (const option of [...ids.map(itemOf), ...(Array.isArray(options) ? options : [])]) {
    const { uid, code, name: label } = (option ?? {}) as Item
    keep(code, textOf(label) ?? (typeof uid === 'string' ? nameOf(uid) : undefined))
  }
  return (cell) => own.get(cell) ?? nameOf(cell)
}

/** What `dimensions` says of a column; old servers said it one level up. */
function idsIn(column: string, metaData: MetaData): readonly string[] {
  const { dimensions = metaData } = metaData
  const ids = Object.hasOwn(dimensions, column) ? dimensions[column] : undefined
  return Array.isArray(ids) ? ids : []
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
