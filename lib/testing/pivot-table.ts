import { between, randomFrom, uid } from './random.ts'
import { productOf } from './repeated-rows.ts'
import { header, itemsOf, type Table } from './table.ts'
import { type Named, worldOf } from './world.ts'

const largestOrgUnitCount = 1200
const monthCount = 12

/** The ids of a pivot: data, periods and organisation units enough for the rows asked for. */
export interface Pivot {
  dx: readonly Named[]
  pe: readonly Named[]
  ou: readonly Named[]
}

/** A year of months, up to 1,200 organisation units, and as much data as it takes to fill `rows`. */
export function pivotOf(rows: number, seed: number): Pivot {
  const world = worldOf(seed)
  const ouCount = Math.min(largestOrgUnitCount, Math.max(1, Math.ceil(rows / (monthCount * 10))))
  const dxCount = Math.max(1, Math.ceil(rows / (monthCount * ouCount)))
  return { dx: world.dataItems(dxCount), pe: world.months(monthCount), ou: world.orgUnits(ouCount) }
}

/** The grid of an aggregate query: data by period by organisation unit, 46 bytes of JSON a row. */
export function pivotTable(rows: number, seed: number): Table {
  const { dx, pe, ou } = pivotOf(rows, seed)
  const axes = [dx, pe, ou].map(ids)
  return {
    headers: [
      header('dx', 'Data'),
      header('pe', 'Period'),
      header('ou', 'Organisation unit'),
      header('value', 'Value', 'NUMBER', false),
    ],
    metaData: {
      items: itemsOf([...dx, ...pe, ...ou], { dx: 'Data', pe: 'Period', ou: 'Organisation unit' }),
      dimensions: { dx: axes[0], pe: axes[1], ou: axes[2], co: [] },
    },
    rows,
    keys: (open, glue) => productOf(axes, [open, glue, glue]),
    turns: pivotValues(seed).map((value) => [value]),
  }
}

/** Events or enrollments counted by organisation unit and period. */
export function countTable(rows: number, seed: number): Table {
  const { pe, ou } = pivotOf(rows, seed)
  const years = Math.ceil(rows / (pe.length * ou.length))
  const months = worldOf(seed).months(Math.max(1, years) * pe.length)
  const axes = [ids(ou), ids(months)]
  return {
    headers: [
      header('ou', 'Organisation unit'),
      header('pe', 'Period'),
      header('value', 'Value', 'NUMBER', false),
    ],
    metaData: {
      items: itemsOf([...months, ...ou], { pe: 'Period', ou: 'Organisation unit' }),
      dimensions: { pe: axes[1], ou: axes[0] },
    },
    rows,
    keys: (open, glue) => productOf(axes, [open, glue]),
    turns: pivotValues(seed).map((value) => [String(Math.trunc(Number(value)))]),
  }
}

/** Numbers as DHIS2 writes them, a Java double's way: `101.47`, `90.0`, `1.0E-4`. A prime number of them. */
export function pivotValues(seed: number): string[] {
  const random = randomFrom(seed + 2)
  return Array.from({ length: 997 }, (_, at) => {
    if (at % 97 === 0) return '1.0E-4'
    if (at % 3 === 0) return `${between(random, 0, 2000)}.0`
    return (random() * 300).toFixed(2).replace(/0$/, '')
  })
}

/** The metadata of a table made about `byteLength` bytes long with items that no row names. */
export function inflated(table: Table, byteLength: number, seed: number): Table {
  const random = randomFrom(seed + 3)
  // An item called `rows` is a trap for whoever looks for the key by its text alone.
  const items: Record<string, object> = { ...(table.metaData['items'] ?? {}), rows: { name: 'rows' } }
  for (let size = JSON.stringify({ ...table.metaData, items }).length; size < byteLength; ) {
    const id = uid(random)
    const item = {
      uid: id,
      code: `DE_${between(random, 100_000, 999_999)}`,
      name: `Rapport mensuel "Kédougou" [rows], ${id}`,
      dimensionItemType: 'DATA_ELEMENT',
      valueType: 'NUMBER',
      totalAggregationType: 'SUM',
    }
    items[id] = item
    size += JSON.stringify(item).length + id.length + 4
  }
  return { ...table, metaData: { ...table.metaData, items } }
}

function ids(things: readonly Named[]): string[] {
  return things.map(({ id }) => id)
}
