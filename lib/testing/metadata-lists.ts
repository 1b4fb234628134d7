import { type ByteSource, byteSource } from './byte-source.ts'
import type { Refusal } from './query-checks.ts'

/** An object of a list of metadata; `id` and whatever else is asked for. */
export interface MetadataObject {
  readonly id: string
  readonly [field: string]: unknown
}

/** Lists of metadata by their plural, as in the URL: `dataElements`. */
export type MetadataTables = Readonly<Record<string, readonly MetadataObject[]>>

/** As PostgreSQL orders text where its locale is a language: neither by case nor by code point. */
const { compare } = new Intl.Collator('en')

/**
 * `/api/<plural>`: the objects that every `filter` is true of, or with `rootJunction=OR` one, 50 a page unless `pageSize` says otherwise, or all with
 * `paging=false`. They come as they are, or in the order of `order=id:asc`.
 */
export function metadataList(
  plural: string,
  objects: readonly MetadataObject[],
  query: URLSearchParams,
  baseUrl: string,
): ByteSource | Refusal {
  const filters = query.getAll('filter').map((filter) => /^([^:]+):([^:]+):(.*)$/s.exec(filter))
  const all = (query.get('rootJunction') === 'OR' ? filters.some : filters.every).bind(filters)
  const level = query.get('level')
  const found = objects.filter(
    (object) =>
      (filters.length === 0 || all((parts) => !parts || isTrue(object, parts[1]!, parts[2]!, parts[3]!))) &&
      (level === null || String(object['level']) === level),
  )
  if (query.get('order') === 'id:asc') found.sort((a, b) => compare(a.id, b.id))
  const fields = fieldsOf(query.get('fields') ?? 'id,displayName')
  const shown = (some: readonly MetadataObject[]) => some.map((object) => picked(object, fields))
  if (query.get('paging') === 'false') return byteSource(JSON.stringify({ [plural]: shown(found) }))
  const page = Math.max(1, Number(query.get('page') ?? 1))
  const pageSize = Math.max(1, Number(query.get('pageSize') ?? 50))
  const pageCount = Math.max(1, Math.ceil(found.length / pageSize))
  const pager = {
    page,
    total: found.length,
    pageSize,
    ...(page < pageCount && { nextPage: `${baseUrl}/api/${plural}?page=${page + 1}&pageSize=${pageSize}` }),
    pageCount,
  }
  const some = found.slice((page - 1) * pageSize, page * pageSize)
  return byteSource(JSON.stringify({ pager, [plural]: shown(some) }))
}

function isTrue(object: MetadataObject, path: string, operator: string, value: string): boolean {
  const found = path
    .split('.')
    .reduce<unknown>((at, key) => (at as MetadataObject | undefined)?.[key], object)
  const text = String(found)
  if (operator === 'in') {
    return value
      .replace(/^\[|\]$/g, '')
      .split(',')
      .includes(text)
  }
  if (operator === 'ilike') return found !== undefined && text.toLowerCase().includes(value.toLowerCase())
  return operator === 'gt' ? compare(text, value) > 0 : text === value
}

/** `id,name,ancestors[id,name]`, at the commas that are outside of brackets. */
function fieldsOf(text: string): [name: string, inner: string | undefined][] {
  const found: [name: string, inner: string | undefined][] = []
  let [depth, start] = [0, 0]
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '[') depth++
    if (text[at] === ']') depth--
    if (at < text.length && (text[at] !== ',' || depth > 0)) continue
    const [, name = '', inner] = /^([^[]*)(?:\[(.*)\])?$/.exec(text.slice(start, at)) ?? []
    found.push([name, inner])
    start = at + 1
  }
  return found
}

function picked(object: MetadataObject, fields: ReturnType<typeof fieldsOf>): object {
  return Object.fromEntries(
    fields.flatMap(([name, inner]) => {
      const value = name === 'displayName' ? object['name'] : object[name]
      // What there is none of is left out.
      if (value === undefined || value === null) return []
      if (inner === undefined) return [[name, value]]
      const part = (each: MetadataObject) => picked(each, fieldsOf(inner))
      return [[name, Array.isArray(value) ? value.map(part) : part(value as MetadataObject)]]
    }),
  )
}
