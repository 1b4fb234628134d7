import { QueryError } from '../errors.ts'
import type { Pair } from '../query/dimension-text.ts'
import { factsOf, formatOf } from '../query/endpoint-table.ts'
import { itemsOf } from '../query/list-question.ts'
import type { Target } from '../query/query.ts'
import type { FrozenKind } from './frozen-question.ts'

const kinds: Readonly<Record<string, FrozenKind>> = {
  analytics: 'aggregate',
  rawData: 'rawData',
  'events/query': 'events',
  'events/aggregate': 'eventsAggregate',
  'enrollments/query': 'enrollments',
  'enrollments/aggregate': 'enrollmentsAggregate',
  'trackedEntities/query': 'trackedEntities',
}

const ofWhole = 'it is about the answer as a whole, and no piece of one can keep it'
const byPages = 'a pull gives all rows, and asks for pages itself'
const noKeys = 'names and codes are no keys: pull ids, and label the rows after'

/** Why a question with a parameter can't be cut, where its value is such. */
const refusals: readonly (readonly [name: RegExp, value: RegExp, why: string])[] = [
  [/^(order|sortOrder|limit|columns|rows|asc|desc)$/, /./, ofWhole],
  [/^(hideEmptyRows|hideEmptyColumns|tableLayout)$/, /^(?!false$)/i, ofWhole],
  [/^(page|pageSize|paging|totalPages)$/, /./, byPages],
  [/^output\w*IdScheme$/, /^(?!UID$)/i, noKeys],
  [/^inputIdScheme$/, /^(?!UID$)/i, noKeys],
  [/^(skipData|skipHeaders)$/, /^(?!false$)/i, 'without it there is nothing to pull'],
  [/^rowContext$/, /^(?!false$)/i, 'the row context would be dropped'],
]

/**
 * What kind of answer is asked for.
 *
 * @throws QueryError for what must not be cut, with the reason.
 */
export function kindOf({ endpoint, pairs, paging }: Target): FrozenKind {
  const kind = kinds[factsOf(endpoint)?.name ?? '']
  if (!kind || formatOf(endpoint) !== 'json') {
    throw new QueryError(
      `plan: ${endpoint} can't be pulled in pieces; these can, as JSON: ${Object.keys(kinds).join(', ')}`,
    )
  }
  if (paging) throw new QueryError(`plan: leave paging out: ${byPages}`)
  for (const [name, value] of pairs) {
    const why = refusals.find(([names, values]) => names.test(name) && values.test(value))?.[2]
    if (why !== undefined) throw new QueryError(`plan: leave ${name}=${value} out: ${why}`)
  }
  refuseLastOfEvents(kind, pairs)
  refusePeriods(kind, pairs)
  return kind
}

/** @throws QueryError where a value of events would be the last or first of them. */
function refuseLastOfEvents(kind: FrozenKind, pairs: readonly Pair[]): void {
  const values = new Map(pairs)
  if (kind !== 'eventsAggregate' || !values.has('value')) return
  if (isLastOrFirst(values.get('aggregationType'))) throw lastOfEvents(values.get('value')!)
}

export function lastOfEvents(value: string): QueryError {
  return new QueryError(
    `plan: the ${value} of events by LAST or FIRST can't be had: over several periods the server gives no rows, for one it ` +
      'fails; ask events/query for the events',
  )
}

export function isLastOrFirst(aggregation: string | undefined): boolean {
  return aggregation !== undefined && /^(LAST|FIRST)(?!_IN_PERIOD)/i.test(aggregation)
}

/** @throws QueryError where the server would choose periods, or read them by a date of their own. */
function refusePeriods(kind: FrozenKind, pairs: readonly Pair[]): void {
  const pe = itemsOf('pe', pairs)
  const dated = pe?.items.find((item) => item.includes(':'))
  if (dated !== undefined) {
    throw new QueryError(
      `plan: pe ${JSON.stringify(dated)} names a date of its own; leave it out of pe and say it as a parameter, such as ` +
        "enrollmentDate: '2024'",
    )
  }
  if (!['aggregate', 'rawData', 'eventsAggregate'].includes(kind) || pe) return
  const isDated = pairs.some(
    ([name]) => /^(startDate|endDate|\w+Date)$/.test(name) && name !== 'relativePeriodDate',
  )
  if (isDated) return
  throw new QueryError(
    'plan: without pe the server chooses periods by the day; say which, in pe or startDate and endDate',
  )
}
