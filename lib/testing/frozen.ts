import { type ByteSource, byteSource } from './byte-source.ts'
import { orgUnitsOf } from './org-units.ts'
import { daysOfPeriod, periodsOf } from './periods.ts'
import { conflict, type Refusal } from './query-checks.ts'
import { itemsOfDimension } from './query-items.ts'
import type { OrgUnit } from './world.ts'

/** What an aggregate query with `skipData=true` answers: no rows, and every dimension with all of its items. */
export function frozen(
  query: URLSearchParams,
  country: readonly OrgUnit[],
  today: string,
): ByteSource | Refusal {
  const items: Record<string, object> = {}
  const dimensions: Record<string, string[]> = {}
  const details = query.get('includeMetadataDetails') === 'true'
  const pe = itemsOfDimension(query, 'pe')
  const day = query.get('relativePeriodDate') ?? today
  const periods = [...new Set(pe?.flatMap((item) => periodsOf(item, day)))]
  if (periods.length === 0) return conflict('E7104', 'At least one period dimension item must be specified')
  for (const id of periods) {
    const days = daysOfPeriod(id)
    if (!days) return conflict('E7611', `Period not valid: \`${id}\``)
    const edge = (text: string) => `${text}T00:00:00.000`
    items[id] = { name: id, ...(details && { startDate: edge(days.from), endDate: edge(days.to) }) }
  }
  const ou = itemsOfDimension(query, 'ou')
  const units = ou && orgUnitsOf(ou, country)
  if (units?.length === 0) return conflict('E7143', 'Org units not found')
  for (const { id, name } of units ?? []) items[id] = { name }
  const dx = itemsOfDimension(query, 'dx')
  for (const id of dx ?? []) items[id] = { name: id, ...(details && { dimensionItemType: 'DATA_ELEMENT' }) }
  if (dx) dimensions['dx'] = dx
  dimensions['pe'] = periods
  if (units) dimensions['ou'] = units.map(({ id }) => id)
  const ouHierarchy = Object.fromEntries((units ?? []).map(({ id, ids }) => [id, ids.slice(0, -1).join('/')]))
  const metaData = { items, dimensions, ...(query.get('hierarchyMeta') === 'true' && { ouHierarchy }) }
  const grid = { headers: [], metaData, rowContext: {}, rows: [], width: 0, height: 0, headerWidth: 0 }
  return byteSource(JSON.stringify(grid))
}
