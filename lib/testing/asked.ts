import { createHash } from 'node:crypto'
import { type ByteSource, byteSource } from './byte-source.ts'
import type { Format } from './content-types.ts'
import { orgUnitsOf } from './org-units.ts'
import { periodsOf } from './periods.ts'
import { conflict, type Refusal } from './query-checks.ts'
import { itemsOfDimension } from './query-items.ts'
import { header, itemsOf } from './table.ts'
import type { OrgUnit } from './world.ts'

/** A cell that is asked for: an item of each dimension. */
export type Coordinates = Readonly<Record<string, string>>

/** What stands in a cell; undefined where there is no data, and so no row. */
export type ValueFor = (coordinates: Coordinates) => number | string | undefined

const labels: Readonly<Record<string, string>> = { dx: 'Data', pe: 'Period', ou: 'Organisation unit' }

/** The answer to an aggregate query as its dimensions ask for it: a row for each combination of their items. */
export function asked(
  query: URLSearchParams,
  {
    country,
    today,
    valueFor = madeUp,
  }: { country: readonly OrgUnit[]; today: string; valueFor?: ValueFor | undefined },
  format: Format,
): ByteSource | Refusal {
  const names = query.getAll('dimension').map((dimension) => dimension.split(':', 1)[0]!)
  const axes: [name: string, items: readonly string[]][] = []
  const items: Record<string, object> = itemsOf([], labels)
  for (const name of names) {
    const wanted = itemsOfDimension(query, name, 'dimension') ?? []
    const found =
      name === 'ou' ? orgUnitsOf(wanted, country) : wanted.map((id) => ({ id, name: `${name} ${id}` }))
    if (name === 'ou' && found.length === 0) return conflict('E7143', 'Org units not found')
    const ids = name === 'pe' ? wanted.flatMap((item) => periodsOf(item, today)) : found.map(({ id }) => id)
    axes.push([name, [...new Set(ids)]])
    Object.assign(items, name === 'pe' ? itemsOf(ids.map((id) => ({ id, name: id }))) : itemsOf(found))
  }
  const rows = product(axes).flatMap((coordinates) => {
    const value = valueFor(coordinates)
    return value === undefined ? [] : [[...Object.values(coordinates), javaDouble(value)]]
  })
  const headers = [
    ...names.map((name) => header(name, labels[name] ?? name)),
    header('value', 'Value', 'NUMBER', false),
  ]
  if (format === 'csv') {
    const lines = [headers.map(({ column }) => column), ...rows].map((cells) => cells.join(','))
    return byteSource(`${lines.join('\n')}\n`)
  }
  const metaData = { items, dimensions: Object.fromEntries(axes) }
  const said = query.get('skipMeta') === 'true' ? {} : metaData
  const [width, height] = [headers.length, rows.length]
  return byteSource(JSON.stringify({ headers, metaData: said, rows, width, height, headerWidth: width }))
}

function product(axes: readonly (readonly [name: string, items: readonly string[]])[]): Coordinates[] {
  return axes.reduce<Coordinates[]>(
    (all, [name, items]) => all.flatMap((each) => items.map((item) => ({ ...each, [name]: item }))),
    [{}],
  )
}

/** The same for the same question, whoever asks and whenever. */
function madeUp(coordinates: Coordinates): number {
  const text = Object.entries(coordinates)
    .map((pair) => pair.join('='))
    .toSorted()
    .join('&')
  return createHash('sha256').update(text).digest().readUInt16BE() / 10
}

function javaDouble(value: number | string): string {
  return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value)
}
