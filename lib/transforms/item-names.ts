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
  if (alwaysIds.has(name) || optionSet !== undefined || valueType === 'ORGANISATION_UNIT') return true
  return !neverIds.test(valueType) && idsIn(name, metaData).length > 0
}

/** What stands for an id: the name of its item, or its code. */
export type Label = 'name' | 'code'

/**
 * The names, or the codes, of what a column may hold, by id and, as options and other id schemes have them, by code; and
 * then of every other item, by id. A number is known by its value, as servers write `1.0` for the option 1; a cell of
 * several options is labelled option by option. Undefined where nobody has named it.
 */
export function labelsFor(
  { name, optionSet, valueType }: Header,
  metaData: MetaData,
  label: Label = 'name',
): (cell: string) => string | undefined {
  const { items = {}, names = {} } = metaData
  const itemOf = (id: string): Item | undefined => (Object.hasOwn(items, id) ? items[id] : undefined)
  const labelOf = (id: string) =>
    textOf(itemOf(id)?.[label]) ??
    (label === 'name' && Object.hasOwn(names, id) ? textOf(names[id]) : undefined)
  const own = new Map<string, string>()
  const keep = (key: unknown, text: string | undefined) => {
    if (typeof key === 'string' && text !== undefined && !own.has(key)) own.set(key, text)
  }

  const ids = idsIn(name, metaData)
  for (const id of ids) keep(id, labelOf(id))
  const options = optionSet === undefined ? undefined : itemOf(optionSet)?.options
  for (const option of [...ids.map(itemOf), ...(Array.isArray(options) ? options : [])]) {
    const { uid, code, name: text } = (option ?? {}) as Item
    const known = typeof uid === 'string' ? labelOf(uid) : undefined
    keep(code, label === 'code' ? textOf(code) : (textOf(text) ?? known))
    if (label === 'code') keep(uid, textOf(code))
  }
  const find = (cell: string) => own.get(cell) ?? labelOf(cell)
  if (optionSet === undefined) return find

  const byNumber = numbersAmong(own)
  const findOption = (cell: string) => find(cell) ?? (isNumber(cell) ? byNumber.get(Number(cell)) : undefined)
  if (valueType !== 'MULTI_TEXT') return findOption
  return (cell) => {
    const whole = findOption(cell)
    if (whole !== undefined || !cell.includes(',')) return whole
    return cell
      .split(',')
      .map((part) => findOption(part.trim()) ?? part)
      .join(',')
  }
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text)
}

/** What codes that are numbers stand for, as far as no two are the same number. */
function numbersAmong(labels: ReadonlyMap<string, string>): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  const twice = new Set<number>()
  for (const [code, label] of labels) {
    if (!isNumber(code)) continue
    if (found.has(Number(code))) twice.add(Number(code))
    found.set(Number(code), label)
  }
  for (const number of twice) found.delete(number)
  return found
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
