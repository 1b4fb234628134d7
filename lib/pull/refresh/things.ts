import { refsOf } from './expressions.ts'

/**
 * The lists of metadata that answers depend on, with the fields that matter: another name changes no value. What an object
 * holds of others is `list[id]`.
 */
export const fieldsThatMatter = {
  dataElements: 'aggregationType,valueType,domainType,zeroIsSignificant,aggregationLevels,categoryCombo[id]',
  indicators: 'numerator,denominator,annualized,decimals,indicatorType[id]',
  indicatorTypes: 'factor,number',
  expressionDimensionItems: 'expression',
  programIndicators:
    'expression,filter,aggregationType,analyticsType,decimals,analyticsPeriodBoundaries[boundaryTarget,analyticsPeriodBoundaryType,offsetPeriods,offsetPeriodType]',
  constants: 'value',
  dataSets: 'periodType,dataSetElements[dataElement[id]]',
  categoryCombos: 'categoryOptionCombos[id]',
  categories: 'categoryOptions[id]',
  categoryOptionGroupSets: 'categoryOptionGroups[id]',
  dataElementGroupSets: 'dataElementGroups[id]',
  organisationUnitGroups: 'organisationUnits[id]',
  organisationUnitGroupSets: 'organisationUnitGroups[id]',
} as const

export type Kind = keyof typeof fieldsThatMatter

/** What an error or a report calls one of a list. */
export const nouns: Readonly<Record<Kind, string>> = {
  dataElements: 'data element',
  indicators: 'indicator',
  indicatorTypes: 'indicator type',
  expressionDimensionItems: 'expression item',
  programIndicators: 'program indicator',
  constants: 'constant',
  dataSets: 'data set',
  categoryCombos: 'category combination',
  categories: 'category',
  categoryOptionGroupSets: 'category option group set',
  dataElementGroupSets: 'data element group set',
  organisationUnitGroups: 'org unit group',
  organisationUnitGroupSets: 'org unit group set',
}

/** An object of metadata: its name, and what matters of it as JSON, lists of ids sorted. */
export interface Thing {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** All that was found, by list and id. */
export type Things = { readonly [kind in Kind]?: Readonly<Record<string, Thing>> }

export interface ThingRef {
  readonly kind: Kind
  readonly id: string
}

/** The lists in which a data item, or a dimension, may be found by its id. */
export const kindsOfItems: readonly Kind[] = [
  'dataElements',
  'indicators',
  'programIndicators',
  'expressionDimensionItems',
  'dataSets',
]
export const kindsOfDimensions: readonly Kind[] = [
  'categories',
  'categoryOptionGroupSets',
  'dataElementGroupSets',
  'organisationUnitGroupSets',
]

/** The expressions of an object, where it has any. */
export function expressionsOf(kind: Kind, { fields }: Thing): readonly string[] {
  const names =
    kind === 'indicators'
      ? ['numerator', 'denominator']
      : kind === 'expressionDimensionItems'
        ? ['expression']
        : []
  return names.flatMap((name) => (typeof fields[name] === 'string' ? [fields[name]] : []))
}

/** What an object's values are made with, beside itself. */
export function usedBy(kind: Kind, thing: Thing): ThingRef[] {
  const held = (name: string, of: Kind): ThingRef[] => {
    const value = thing.fields[name]
    const ids = Array.isArray(value) ? value : [value]
    return ids.flatMap((id) => (typeof id === 'string' ? [{ kind: of, id }] : []))
  }
  const read = expressionsOf(kind, thing).flatMap((expression): ThingRef[] => {
    const { elements, others } = refsOf(expression)
    return [...elements.map(({ element }) => ({ kind: 'dataElements' as const, id: element })), ...others]
  })
  return [
    ...read,
    ...(kind === 'indicators' ? held('indicatorType', 'indicatorTypes') : []),
    ...(kind === 'dataElements' ? held('categoryCombo', 'categoryCombos') : []),
    ...(kind === 'organisationUnitGroupSets' ? held('organisationUnitGroups', 'organisationUnitGroups') : []),
  ]
}

/** What is found under the ids of a data item: `element`, `element.combo`, `dataSet.REPORTING_RATE`, `program.element`. */
export function rootsOf(item: string, things: Things): ThingRef[] {
  const ids = item.split('.')
  const candidates = ids.flatMap((id) => kindsOfItems.map((kind) => ({ kind, id })))
  return candidates.filter(({ kind, id }) => things[kind]?.[id])
}

/** All that some objects are made with, themselves among it: `kind id` each. */
export function closureOf(roots: readonly ThingRef[], things: Things): Set<string> {
  const seen = new Set<string>()
  const waiting = [...roots]
  for (let ref = waiting.pop(); ref; ref = waiting.pop()) {
    const key = `${ref.kind} ${ref.id}`
    if (seen.has(key)) continue
    seen.add(key)
    const thing = things[ref.kind]?.[ref.id]
    if (thing) waiting.push(...usedBy(ref.kind, thing))
  }
  return seen
}
