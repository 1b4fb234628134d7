import { textOfDay } from '../calendar.ts'
import type { DataItem } from './dx-axis.ts'
import type { Frozen } from './freeze.ts'
import type { Model } from './model.ts'
import { nameOfPeriod } from './pe-axis.ts'
import { axisOf } from './question.ts'

/** `metaData`: names of all that is in the rows, and the complete list of every dimension and filter. */
export function metaDataOf(frozen: Frozen, model: Model): Record<string, unknown> {
  const { question, items: data = [], periods, ou } = frozen
  const details = question.query.get('includeMetadataDetails') === 'true'
  const more = (fields: object) => (details ? fields : {})
  const dx = axisOf(question, 'dx') && data.map(({ id }) => id)
  const combos = combosOf(frozen, model)
  const items: Record<string, object> = {}
  if (dx) items['dx'] = { ...more({ uid: 'dx' }), name: 'Data', ...more({ dimensionType: 'DATA_X' }) }
  items['pe'] = { ...more({ uid: 'pe' }), name: 'Period', ...more({ dimensionType: 'PERIOD' }) }
  items['ou'] = {
    ...more({ uid: 'ou' }),
    name: 'Organisation unit',
    ...more({ dimensionType: 'ORGANISATION_UNIT' }),
  }
  if (frozen.combos) items['co'] = { name: 'Category option combo' }
  for (const item of data)
    items[item.id] = { ...more({ uid: item.id }), name: item.name, ...more(detailsOf(item)) }
  for (const { id, name } of combos) {
    items[id] = { ...more({ uid: id }), name, ...more({ valueType: 'NUMBER', totalAggregationType: 'SUM' }) }
  }
  for (const period of periods) {
    const { id, first, last } = period
    const days = { startDate: `${textOfDay(first)}T00:00:00.000`, endDate: `${textOfDay(last)}T00:00:00.000` }
    items[id] = {
      ...more({ uid: id, code: id }),
      name: nameOfPeriod(period),
      ...more({ dimensionItemType: 'PERIOD', valueType: 'TEXT', totalAggregationType: 'SUM', ...days }),
    }
  }
  for (const { id, name, code } of ou.places) {
    items[id] = {
      ...more({ uid: id, code }),
      name,
      ...more({ dimensionItemType: 'ORGANISATION_UNIT', valueType: 'TEXT', totalAggregationType: 'SUM' }),
    }
  }
  for (const { id, name, code } of ou.named)
    items[id] ??= { uid: id, ...(code !== undefined && { code }), name }
  const hierarchy = question.query.get('hierarchyMeta') === 'true'
  const names = question.query.get('showHierarchy') === 'true'
  return {
    ...(hierarchy && {
      ouHierarchy: Object.fromEntries(ou.places.map(({ id, ids }) => [id, ids.slice(0, -1).join('/')])),
    }),
    items,
    ...(names && {
      ouNameHierarchy: Object.fromEntries(ou.places.map(({ id, path }) => [id, `/${path.join('/')}`])),
    }),
    dimensions: {
      ...(dx && { dx }),
      pe: periods.map(({ id }) => id),
      ou: ou.places.map(({ id }) => id),
      co: combos.map(({ id }) => id),
    },
  }
}

/** The disaggregations of the data elements in `dx`. */
function combosOf({ items = [] }: Frozen, { elements }: Model) {
  const used = new Set(items.flatMap((item) => (item.kind === 'element' ? item.element.optionCombos : [])))
  return elements.optionCombos.filter((combo) => used.has(combo))
}

function detailsOf(item: DataItem): object {
  switch (item.kind) {
    case 'element': {
      const { valueType, aggregationType } = item.element
      const kind = item.id.includes('.') ? 'DATA_ELEMENT_OPERAND' : 'DATA_ELEMENT'
      return { dimensionItemType: kind, valueType, aggregationType, totalAggregationType: aggregationType }
    }
    case 'indicator':
      return { dimensionItemType: 'INDICATOR', valueType: 'NUMBER', totalAggregationType: 'AVERAGE' }
    case 'rate':
      return { dimensionItemType: 'REPORTING_RATE', valueType: 'NUMBER', totalAggregationType: 'AVERAGE' }
    case 'program': {
      const kind = item.id.includes('.') ? 'PROGRAM_DATA_ELEMENT' : 'PROGRAM_INDICATOR'
      return { dimensionItemType: kind, valueType: 'NUMBER', aggregationType: item.aggregationType }
    }
    default:
      return item satisfies never
  }
}
