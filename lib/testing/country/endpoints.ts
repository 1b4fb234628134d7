import { type Endpoint, gridFormats } from '../api.ts'
import { byteSource } from '../byte-source.ts'
import { metadataList } from '../metadata-lists.ts'
import type { Refusal } from '../query-checks.ts'
import type { Answer } from './analytics.ts'
import type { Country } from './country.ts'
import { gridText } from './grid-text.ts'
import { metadataOf } from './metadata.ts'
import { type ListRules, programLists } from './program-lists.ts'
import { isRefusal } from './question.ts'
import { systemInfo } from './system-info.ts'

/** Lists of what may be changed: formulas, and the hierarchy. */
const changing = ['indicators', 'organisationUnits']

/** The endpoints of a server that answers from a country. */
export function countryEndpoints(country: Country, rules: ListRules): Endpoint[] {
  const { model } = country
  const { program } = model
  const list = programLists(model, rules)
  const grid =
    (ask: (query: URLSearchParams) => Answer | Refusal): Endpoint['answer'] =>
    ({ query, format }) => {
      const answer = ask(query)
      return isRefusal(answer) ? answer : gridText(answer, format)
    }
  const unchanging = metadataOf(model)
  return [
    {
      path: /^analytics$/,
      formats: gridFormats,
      refusesWith200: true,
      answer: grid(country.analytics),
    },
    {
      path: /^analytics\/rawData$/,
      formats: ['json', 'csv'],
      suffixRequired: true,
      answer: grid(country.rawData),
    },
    {
      path: new RegExp(`^analytics/events/aggregate/${program.id}$`),
      formats: gridFormats,
      answer: grid(country.eventCounts),
    },
    {
      path: new RegExp(`^analytics/enrollments/aggregate/${program.id}$`),
      formats: gridFormats,
      answer: grid(country.enrollmentCounts),
    },
    {
      path: new RegExp(`^analytics/events/query/${program.id}$`),
      formats: gridFormats,
      answer: ({ query }) => list('events', query),
    },
    {
      path: new RegExp(`^analytics/enrollments/query/${program.id}$`),
      formats: gridFormats,
      answer: ({ query }) => list('enrollments', query),
    },
    {
      path: new RegExp(`^analytics/trackedEntities/query/${program.entityType}$`),
      formats: gridFormats,
      answer: ({ query }) => list('trackedEntities', query),
    },
    ...Object.entries(unchanging).map(
      ([plural, objects]): Endpoint => ({
        path: new RegExp(`^${plural}$`),
        formats: ['json'],
        answer: ({ query, baseUrl }) =>
          metadataList(
            plural,
            changing.includes(plural) ? metadataOf(model)[plural]! : objects,
            query,
            baseUrl,
          ),
      }),
    ),
    {
      path: /^dataValueSets$/,
      formats: ['json'],
      answer({ query }) {
        const answer = country.dataValueSets(query)
        return isRefusal(answer) ? answer : byteSource(JSON.stringify(answer))
      },
    },
    {
      path: /^scheduling\/running\/types$/,
      formats: ['json'],
      answer: () => byteSource(JSON.stringify(model.tables.job ? ['ANALYTICS_TABLE'] : [])),
    },
    {
      path: /^system\/info$/,
      formats: ['json'],
      answer: ({ baseUrl }) => byteSource(JSON.stringify(systemInfo(model, baseUrl))),
    },
  ]
}
