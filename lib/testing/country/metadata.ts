import type { MetadataTables } from '../metadata-lists.ts'
import { textOfTime } from './clock.ts'
import type { Model } from './model.ts'

/** What the lists of metadata of a country hold, now. */
export function metadataOf({
  places,
  elements,
  indicators,
  program,
  firstUpdatedBefore,
}: Model): MetadataTables {
  const withMembers = <T extends { id: string; name: string; members: readonly { id: string }[] }>(
    groups: readonly T[],
    name: string,
  ) =>
    groups.map(({ id, name: label, members }) => ({
      id,
      name: label,
      [name]: members.map((each) => ({ id: each.id })),
    }))
  const typeOf = new Map(
    indicators.all.map(({ factor }) => [factor, `IndType${String(factor).padStart(4, '0')}`]),
  )
  return {
    organisationUnits: places.all.map((place) => {
      const { id, name, code, level, ids, path } = place
      return {
        id,
        name,
        code,
        level,
        path: `/${ids.join('/')}`,
        lastUpdated: textOfTime(places.movedAt.get(place) ?? firstUpdatedBefore),
        ...(ids.length > 1 && { parent: { id: ids.at(-2)! } }),
        ancestors: ids.slice(0, -1).map((above, at) => ({ id: above, name: path[at] })),
      }
    }),
    organisationUnitLevels: places.levels.map(({ id, name, level }) => ({ id, name, level })),
    organisationUnitGroups: places.groups.map(({ id, name, has }) => ({
      id,
      name,
      organisationUnits: places.all.filter(has).map((place) => ({ id: place.id })),
    })),
    dataElements: [
      ...elements.dataElements.map((element) => ({
        id: element.id,
        name: element.name,
        valueType: element.valueType,
        aggregationType: element.aggregationType,
        domainType: 'AGGREGATE',
        categoryCombo: { categoryOptionCombos: element.optionCombos.map(({ id, name }) => ({ id, name })) },
        dataSetElements: [{ dataSet: { id: element.dataSet.id, periodType: element.dataSet.periodType } }],
      })),
      {
        id: program.weight,
        name: 'Weight',
        valueType: 'NUMBER',
        aggregationType: 'AVERAGE',
        domainType: 'TRACKER',
      },
      {
        id: program.outcome,
        name: 'Outcome',
        valueType: 'TEXT',
        aggregationType: 'NONE',
        domainType: 'TRACKER',
        optionSet: { id: program.optionSet },
      },
    ],
    dataElementGroups: withMembers(elements.groups, 'dataElements'),
    indicators: indicators.all.map(({ id, name, numerator, denominator, annualized, factor }) => ({
      id,
      name,
      numerator,
      denominator,
      annualized,
      indicatorType: { id: typeOf.get(factor), factor },
    })),
    indicatorGroups: withMembers(indicators.groups, 'indicators'),
    dataSets: elements.dataSets.map((dataSet) => ({
      id: dataSet.id,
      name: dataSet.name,
      periodType: dataSet.periodType,
      dataSetElements: elements.dataElements
        .filter((element) => element.dataSet === dataSet)
        .map(({ id }) => ({ dataElement: { id } })),
    })),
    programs: [{ id: program.id, name: 'Child care', programStages: [{ id: program.stage }] }],
    programStages: [{ id: program.stage, name: 'Visit', program: { id: program.id } }],
    programIndicators: program.indicators.map(({ id, name, aggregationType, expression, filter }) => ({
      id,
      name,
      aggregationType,
      expression,
      filter,
      analyticsType: 'EVENT',
      program: { id: program.id },
    })),
    trackedEntityTypes: [{ id: program.entityType, name: 'Person' }],
    trackedEntityAttributes: [
      { id: program.attribute, name: 'Name', valueType: 'TEXT', aggregationType: 'NONE' },
    ],
    optionSets: [{ id: program.optionSet, name: 'Outcomes', options: program.options }],
    categoryOptionCombos: elements.optionCombos.map(({ id, name }) => ({ id, name })),
  }
}
