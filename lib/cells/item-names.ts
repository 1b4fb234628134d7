import type { Header, MetaData } from '../grid/grid.ts'
import { fieldOf, idsOf, itemOf } from '../grid/meta-data.ts'
import { casterOf } from './cast-cell.ts'

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
  return !neverIds.test(valueType) && (idsOf(metaData, name) ?? []).length > 0
}

/** What stands for an id: the name of its item, or its code. */
export type Label = 'name' | 'code'

/**
 * The names, or the codes, of what a column may hold, by id and, as options and other id schemes have them, by code; and
 * then of every other item, by id. Options that are no text are known by what they mean, as servers write `1.0` for the
 * option 1 and `2024-01-01 00:00:00.0` for that day; a cell of several options is labelled option by option. Undefined
 * where nobody has named it.
 */
export function labelsFor(
  { name, optionSet, valueType }: Header,
  metaData: MetaData,
  label: Label = 'name',
): (cell: string) => string | undefined {
  const labelOf = (id: string) =>
    textOf(itemOf(metaData, id)?.[label]) ??
    (label === 'name' ? textOf(fieldOf(metaData.names, id)) : undefined)
  const own = new Map<string, string>()
  const keep = (key: unknown, text: string | undefined) => {
    if (typeof key === 'string' && text !== undefined && !own.has(key)) own.set(key, text)
  }

  const ids = idsOf(metaData, name) ?? []
  for (const id of ids) keep(id, labelOf(id))
  const options = optionSet === undefined ? undefined : itemOf(metaData, optionSet)?.['options']
  for (const option of [
    ...ids.map((id) => itemOf(metaData, id)),
    ...(Array.isArray(options) ? options : []),
  ]) {
    const { uid, code, name: text } = (option ?? {}) as Item
    const known = typeof uid === 'string' ? labelOf(uid) : undefined
    keep(code, label === 'code' ? textOf(code) : (textOf(text) ?? known))
    if (label === 'code') keep(uid, textOf(code))
  }
  const find = (cell: string) => own.get(cell) ?? labelOf(cell)
  if (valueType === 'MULTI_TEXT') {
    return (cell) => {
      const whole = find(cell)
      if (whole !== undefined || !cell.includes(',')) return whole
      return cell
        .split(',')
        .map((part) => find(part.trim()) ?? part)
        .join(',')
    }
  }
  const meaningOf = optionSet === undefined ? undefined : casterOf(valueType, 'iso', undefined)
  if (!meaningOf) return find
  const byMeaning = meaningsAmong(own, meaningOf)
  return (cell) => find(cell) ?? byMeaning.get(meaningOf(cell))
}

/** What codes stand for by what they mean, as far as no two mean the same. */
function meaningsAmong(
  labels: ReadonlyMap<string, string>,
  meaningOf: (code: string) => unknown,
): ReadonlyMap<unknown, string> {
  const found = new Map<unknown, string>()
  const twice = new Set<unknown>([undefined])
  for (const [code, label] of labels) {
    const meaning = meaningOf(code)
    if (found.has(meaning)) twice.add(meaning)
    found.set(meaning, label)
  }
  for (const meaning of twice) found.delete(meaning)
  return found
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
