import { between, randomFrom, uidsByRow } from './random.ts'
import { productOf } from './repeated-rows.ts'
import { header, itemsOf, type Table } from './table.ts'
import { worldOf } from './world.ts'

/** Outliers: metaData says how they were looked for, and holds no items. */
export function outlierTable(rows: number, seed: number, algorithm: string): Table {
  const world = worldOf(seed)
  const data = world.dataItems(10)
  const ids = data.map(({ id }) => id)
  const random = randomFrom(seed + 6)
  return {
    headers: [
      header('dx', 'Data', 'TEXT', false),
      header('pe', 'Period', 'TEXT', false),
      header('ou', 'Organisation unit', 'TEXT', false),
      header('ouname', 'Organisation unit name', 'TEXT', false),
      header('ounamehierarchy', 'Organisation unit name hierarchy', 'TEXT', false),
      header('coc', 'Category option combo', 'TEXT', false),
      header('cocname', 'Category option combo name', 'TEXT', false),
      header('value', 'Value', 'NUMBER', false),
      header('mean', 'Mean', 'NUMBER', false),
      header('stddev', 'Standard deviation', 'NUMBER', false),
      header('zscore', 'Z-score', 'NUMBER', false),
    ],
    metaData: { count: rows, orderBy: algorithm, threshold: '3.0', maxResults: rows, algorithm },
    rows,
    keys: (open, glue) => productOf([ids, world.months(12).map(({ id }) => id)], [open, glue]),
    turns: world
      .orgUnits(150)
      .slice(118)
      .map(({ id, name, path }) => {
        const mean = between(random, 20, 60)
        return [
          id,
          name,
          path.join(' / '),
          'Prlt0C1RF0s',
          'Fixed, <1y',
          `${between(random, 300, 900)}.0`,
          `${mean}.19`,
          `${mean * 2}.28`,
          '3.66',
        ]
      }),
  }
}

/** Organisation units counted by the groups of a group set. */
export function orgUnitTable(seed: number): Table {
  const units = worldOf(seed).orgUnits(14)
  const groups = [
    { id: 'CXw2yu5fodb', name: 'CHC' },
    { id: 'uYxK4wmcPqA', name: 'CHP' },
    { id: 'EYbopBOJWsW', name: 'MCHP' },
    { id: 'RXL3lPSK8oG', name: 'Clinic' },
    { id: 'tDZVQ1WtwpA', name: 'Hospital' },
  ]
  const random = randomFrom(seed + 7)
  const axes = [units.map(({ id }) => id), groups.map(({ id }) => id)]
  return {
    headers: [
      header('ou', 'Organisation unit'),
      header('J5jldMd8OHv', 'Facility Type'),
      header('count', 'Count', 'NUMBER', false),
    ],
    metaData: { items: itemsOf([...units, ...groups]), dimensions: { ou: axes[0], J5jldMd8OHv: axes[1] } },
    rows: units.length * groups.length,
    keys: (open, glue) => productOf(axes, [open, glue]),
    turns: Array.from({ length: 37 }, () => [String(between(random, 0, 40))]),
  }
}

/** An SQL view, whose cells keep the types that the database gave them. */
export function sqlViewTable(rows: number, seed: number): Table {
  const random = randomFrom(seed + 8)
  return {
    headers: [
      header('uid', 'uid', 'TEXT', false),
      header('rows', 'rows', 'TEXT', false),
      header('active', 'active', 'TEXT', false),
      header('comment', 'comment', 'TEXT', false),
      header('geometry', 'geometry', 'TEXT', false),
    ],
    metaData: {},
    rows,
    keys: (open) => {
      const idOf = uidsByRow(randomFrom(seed + 9))
      return (row) => open + idOf(row)
    },
    turns: Array.from({ length: 53 }, (_, at) => [
      at % 7 === 0 ? random() * 1000 : between(random, -5, 1000),
      at % 3 === 0,
      at % 5 === 0 ? null : 'Kédougou, "nord"',
      { type: 'Point', coordinates: [at / 10, -at / 10], properties: { names: ['a', null] } },
    ]),
  }
}
