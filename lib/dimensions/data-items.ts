import type { MetadataLists, Thing } from '../asking/metadata-lists.ts'
import type { Header, Row } from '../grid/grid.ts'
import { type ReportingRate, reportingRates } from '../query/items.ts'
import type { Answer } from './answer.ts'
import { column, idColumn, textOrNull } from './columns.ts'
import type { Table } from './table-rows.ts'

const headers: readonly Header[] = [
  idColumn,
  column('code', 'Code'),
  column('name', 'Name'),
  column('kind', 'Kind'),
  column('value_type', 'Value type'),
  column('aggregation_type', 'Aggregation type'),
]

/** What is asked of each list. Indicators and data sets have no types of their own. */
const fields = {
  dataElements: 'id,code,name,valueType,aggregationType',
  trackedEntityAttributes: 'id,code,name,valueType,aggregationType',
  indicators: 'id,code,name',
  programIndicators: 'id,code,name,aggregationType',
  dataSets: 'id,code,name',
} as const

/** How DHIS2 names what comes of a data set. */
const rateNames: Readonly<Record<ReportingRate, string>> = {
  REPORTING_RATE: 'Reporting rate',
  REPORTING_RATE_ON_TIME: 'Reporting rate on time',
  ACTUAL_REPORTS: 'Actual reports',
  ACTUAL_REPORTS_ON_TIME: 'Actual reports on time',
  EXPECTED_REPORTS: 'Expected reports',
}

/** How many rows are looked up together. */
const atOnce = 300

/** What is known of an item but its id, code and name. */
interface Known {
  readonly kind: string
  readonly thing: Thing
  /** Whether code and name are the item's own, and not those of something that it is made from. */
  readonly isItself?: boolean
}

/** The data items of an answer; or all that have a list on the server, and of each data set what is told of its reports. */
export function dataItemTable(lists: MetadataLists, of: Answer | 'all'): Table {
  return { headers, rows: of === 'all' ? allRows(lists) : rowsOf(lists, of) }
}

async function* allRows(lists: MetadataLists): AsyncGenerator<Row, void> {
  for (const [list, kind] of [
    ['dataElements', 'DATA_ELEMENT'],
    ['indicators', 'INDICATOR'],
    ['programIndicators', 'PROGRAM_INDICATOR'],
  ] as const) {
    for await (const page of lists.all(list, fields[list])) {
      for (const thing of page) {
        yield [thing.id, textOrNull(thing['code']), textOrNull(thing['name']), ...typesOf({ kind, thing })]
      }
    }
  }
  for await (const page of lists.all('dataSets', fields.dataSets)) {
    for (const thing of page) {
      for (const rate of reportingRates) {
        const name = `${textOrNull(thing['name'])} - ${rateNames[rate]}`
        yield [`${thing.id}.${rate}`, null, name, ...typesOf({ kind: 'REPORTING_RATE', thing })]
      }
    }
  }
}

async function* rowsOf(lists: MetadataLists, answer: Answer): AsyncGenerator<Row, void> {
  const ids = answer.ids('dx')
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce)
    const known = await knownOf(lists, some)
    for (const id of some) {
      const item = known.get(id)
      const own = item?.isItself ? item.thing : undefined
      const [kind, valueType, aggregationType] = item ? typesOf(item) : []
      yield [
        id,
        textOrNull(own?.['code']) ?? answer.text(id, 'code'),
        textOrNull(own?.['name']) ?? answer.text(id, 'name'),
        answer.text(id, 'dimensionItemType') ?? kind ?? null,
        valueType ?? answer.text(id, 'valueType'),
        aggregationType ?? answer.text(id, 'aggregationType'),
      ]
    }
  }
}

/**
 * What the server knows of items. Those of two or three ids are a disaggregation of a data element, which comes first, or a
 * data element, an attribute or an option of a program, which does.
 */
async function knownOf(lists: MetadataLists, ids: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>()
  const add = (id: string, kind: string, thing: Thing | undefined, isItself = false) => {
    if (thing) known.set(id, { kind, thing, isItself })
  }
  const find = (list: keyof typeof fields, some: readonly string[]) => lists.byIds(list, fields[list], some)
  const left = (some: readonly (readonly string[])[]) => some.filter((parts) => !known.has(parts.join('.')))

  const all = ids.map((id) => id.split('.'))
  const single = all.filter(({ length }) => length === 1)
  const rates = all.filter(([, rate]) => reportingRates.some((each) => each === rate))
  const compound = all.filter((parts) => parts.length > 1 && !rates.includes(parts))

  const elements = await find(
    'dataElements',
    [...single, ...compound.map((parts) => parts.slice(0, 2))].flat(),
  )
  for (const [id = ''] of single) add(id, 'DATA_ELEMENT', elements.get(id), true)
  for (const [list, kind] of [
    ['indicators', 'INDICATOR'],
    ['programIndicators', 'PROGRAM_INDICATOR'],
  ] as const) {
    const found = await find(list, left(single).flat())
    for (const [id, thing] of found) add(id, kind, thing, true)
  }
  const dataSets = await find(
    'dataSets',
    rates.map(([dataSet = '']) => dataSet),
  )
  for (const parts of rates) add(parts.join('.'), 'REPORTING_RATE', dataSets.get(parts[0]!))
  for (const parts of compound) {
    const ofProgram = parts.length === 2 ? 'PROGRAM_DATA_ELEMENT' : 'PROGRAM_DATA_ELEMENT_OPTION'
    add(parts.join('.'), ofProgram, elements.get(parts[1]!))
    add(parts.join('.'), 'DATA_ELEMENT_OPERAND', elements.get(parts[0]!))
  }
  const attributes = await find(
    'trackedEntityAttributes',
    left(compound).map(([, attribute = '']) => attribute),
  )
  for (const parts of left(compound)) {
    const kind = parts.length === 2 ? 'PROGRAM_ATTRIBUTE' : 'PROGRAM_ATTRIBUTE_OPTION'
    add(parts.join('.'), kind, attributes.get(parts[1]!))
  }
  return known
}

/** Kind, value type and aggregation type. What is computed is a number. */
function typesOf({ kind, thing }: Known): [string, string, string | null] {
  return [kind, textOrNull(thing['valueType']) ?? 'NUMBER', textOrNull(thing['aggregationType'])]
}
