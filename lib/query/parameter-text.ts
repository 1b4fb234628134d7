import { QueryError } from '../errors.ts'
import type { Pair } from './dimension-text.ts'
import { factsOf, oldestName } from './endpoint-table.ts'
import { itemsIn, visible } from './visible-text.ts'

/** Lists that servers cut at commas, and take repeated. */
const lists = [
  'headers',
  'asc',
  'desc',
  'program',
  'programStatus',
  'enrollmentStatus',
  'eventStatus',
  'dx',
  'ds',
  'ou',
]

/** Periods by a date of their own: text with `;` between them, and no list. */
const periods = [
  'eventDate',
  'occurredDate',
  'enrollmentDate',
  'scheduledDate',
  'incidentDate',
  'enrollmentOccurredDate',
  'lastUpdated',
  'created',
]

/**
 * Parameters as servers read them, under names that every version reads: without white space around values and items,
 * lists repeated, dates of one kind in one parameter. Those that nobody knows stay as they are, dimensions and filters
 * too.
 *
 * @throws QueryError for a value that is there twice where the server takes the first, and for nothing in a list.
 */
export function readableParameters(endpoint: string, pairs: readonly Pair[]): Pair[] {
  const facts = factsOf(endpoint)
  if (!facts) return [...pairs]
  const isKnown = ([name]: Pair) => facts.reads.includes(name) && name !== 'dimension' && name !== 'filter'
  const given = new Map<string, string[]>()
  for (const pair of pairs) {
    if (!isKnown(pair)) continue
    const name = oldestName(endpoint, pair[0])
    given.set(name, [...(given.get(name) ?? []), pair[1]])
  }
  // Its lists are text with `;` between the ids.
  const isText = facts.name === 'orgUnitAnalytics'
  return pairs.flatMap((pair) => {
    if (!isKnown(pair)) return [pair]
    const name = oldestName(endpoint, pair[0])
    const values = given.get(name)
    given.delete(name)
    return values ? valuesOf(name, values, isText).map((value): Pair => [name, value]) : []
  })
}

function valuesOf(name: string, values: readonly string[], isText: boolean): string[] {
  const isList = lists.includes(name) && !isText
  if (!isList && !isText && !periods.includes(name)) return [theOneOf(name, values)]
  const items = itemsIn(values.join(';'), /[;,]/)
  if (items.length === 0) throw new QueryError(`Query: params: ${name} is empty; leave it out`)
  const broken = items.find((item) => /[\s\p{Cc}]/u.test(item))
  if (broken === undefined) return isList ? items : [items.join(';')]
  throw new QueryError(
    `Query: params: ${name}: ${JSON.stringify(broken)} has white space in it; write several as a list`,
  )
}

function theOneOf(name: string, values: readonly string[]): string {
  const [first = '', ...others] = new Set(values.map(visible))
  if (others.length === 0) return first
  throw new QueryError(
    `Query: params: ${name} is there twice, as ${[first, ...others].join(' and ')}; the server takes the first in silence`,
  )
}
