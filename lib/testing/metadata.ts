import type { MetadataObject, MetadataTables } from './metadata-lists.ts'
import { pivotOf } from './pivot-table.ts'
import { worldOf } from './world.ts'

/** At least so many org units and data items, and more where the made-up answers have more. */
const fewest = { orgUnits: 200, dataItems: 60 }

const levels = ['Country', 'District', 'Chiefdom', 'Facility']

/** What the stand-in's lists of metadata hold: what its answers are about, and a few others. */
export function metadataOf(rows: number, seed: number): MetadataTables {
  const world = worldOf(seed)
  const pivot = pivotOf(rows, seed)
  const units = world.orgUnits(Math.max(fewest.orgUnits, pivot.ou.length))
  const names = new Map(units.map(({ id, name }) => [id, name]))
  const items = world.dataItems(Math.max(fewest.dataItems, pivot.dx.length))
  const isIndicator = ({ name }: { name: string }) => /coverage/i.test(name)
  const coded = (object: MetadataObject, at: number) => ({ ...object, code: `CODE_${at + 1}` })
  return {
    organisationUnits: units.map(({ id, name, code, level, ids }) => ({
      id,
      name,
      code,
      level,
      path: `/${ids.join('/')}`,
      ...(ids.length > 1 && { parent: { id: ids.at(-2)! } }),
      ancestors: ids.slice(0, -1).map((above) => ({ id: above, name: names.get(above) })),
    })),
    organisationUnitLevels: levels.map((name, at) => ({ id: `OuLevel000${at + 1}`, name, level: at + 1 })),
    dataElements: items
      .filter((item) => !isIndicator(item))
      .map(({ id, name }) => ({ id, name, valueType: 'NUMBER', aggregationType: 'SUM' }))
      .map(coded),
    indicators: items.filter(isIndicator).map(({ id, name }) => ({ id, name })),
    programIndicators: [{ id: 'p2Zxg0wcPQ3', name: 'BCG doses', aggregationType: 'SUM' }],
    dataSets: [{ id: 'BfMAe6Itzgt', name: 'Child Health', code: 'DS_359711' }],
    programs: [
      { id: 'eBAyeGv0exc', name: 'Inpatient morbidity and mortality' },
      { id: 'IpHINAT79UW', name: 'Child Programme' },
    ],
    trackedEntityAttributes: [
      { id: 'cejWyOfXge6', name: 'Gender', valueType: 'TEXT', aggregationType: 'NONE', code: 'MMD_PER_GEN' },
    ],
    categoryOptionCombos: [
      { id: 'HllvX50cXC0', name: 'default', code: 'default' },
      { id: 'Prlt0C1RF0s', name: 'Fixed, <1y', code: 'COC_358963' },
      { id: 'psbwp3CQEhs', name: 'Fixed, >1y' },
      { id: 'V6L425pT3A0', name: 'Outreach, <1y' },
      { id: 'hEFKSsPV5et', name: 'Outreach, >1y' },
    ],
  }
}
