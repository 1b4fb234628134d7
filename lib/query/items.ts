import { checkedId } from '../checks/dhis2-id.ts'
import { QueryError } from '../errors.ts'

/** The org units of who asks, and those below them, as items of `ou`. */
export const userOrgUnits = [
  'USER_ORGUNIT',
  'USER_ORGUNIT_CHILDREN',
  'USER_ORGUNIT_GRANDCHILDREN',
  'USER_ORGUNIT_ALL',
] as const

/** What DHIS2 counts of the reports of a data set. */
export const reportingRates = [
  'REPORTING_RATE',
  'REPORTING_RATE_ON_TIME',
  'ACTUAL_REPORTS',
  'ACTUAL_REPORTS_ON_TIME',
  'EXPECTED_REPORTS',
] as const

export type ReportingRate = (typeof reportingRates)[number]

/**
 * In the place of a value: none. For `EQ`, `NE` and `IN`, of items with an option set, from DHIS2-21600 on. Of
 * others it is refused there (E7246): they take `noValueNV`, as does everything on older servers, where this is a text
 * like any other and finds nothing. In `IN` both may stand beside each other.
 */
export const noValue = 'D2__NOVALUE'

/**
 * The same of items without an option set, and of all items on servers before DHIS2-21600. Newer ones take it for the
 * option of that name where there is an option set.
 */
export const noValueNV = 'NV'

/**
 * All org units of a level, counted from 1 or by the id of the level: `LEVEL-3`, or below one of them:
 * `LEVEL-3;O6uvpzGd5pu`, two items in one. What else stands in `ou` are its roots too: `['USER_ORGUNIT', level(3)]`.
 * Without any it is of the whole hierarchy.
 *
 * @throws QueryError
 */
export function level(level: number | string, boundary?: string): string {
  if (typeof level === 'number' && !(Number.isInteger(level) && level > 0)) {
    throw new QueryError(`level: ${level} is not a level; they are counted from 1`)
  }
  const item = `LEVEL-${checkedId('level', String(level))}`
  return boundary === undefined ? item : `${item};${checkedId('level', boundary)}`
}

/** The org units of a group, for `ou` and with the roots beside it: `OU_GROUP-CXw2yu5fodb`. @throws QueryError */
export function orgUnitGroup(group: string): string {
  return `OU_GROUP-${checkedId('orgUnitGroup', group)}`
}

/** The data elements of a group, for `dx`: `DE_GROUP-h9cuJOkOwY2`. @throws QueryError */
export function dataElementGroup(group: string): string {
  return `DE_GROUP-${checkedId('dataElementGroup', group)}`
}

/** The indicators of a group, for `dx`: `IN_GROUP-oehv9EO3vP7`. @throws QueryError */
export function indicatorGroup(group: string): string {
  return `IN_GROUP-${checkedId('indicatorGroup', group)}`
}

/** The reports of a data set, for `dx`: `BfMAe6Itzgt.REPORTING_RATE`. @throws QueryError */
export function reportingRate(dataSet: string, rate: ReportingRate = 'REPORTING_RATE'): string {
  if (!reportingRates.includes(rate)) {
    throw new QueryError(`reportingRate: ${JSON.stringify(rate)} is none of ${reportingRates.join(', ')}`)
  }
  return `${checkedId('reportingRate', dataSet)}.${rate}`
}

/**
 * One disaggregation of a data element, for `dx`: `fbfJHSPpUQD.pq2XI5kz2BY`. Also of an attribute option combination:
 * `fbfJHSPpUQD.pq2XI5kz2BY.j8vBiBqGf6O`, or `fbfJHSPpUQD.*.j8vBiBqGf6O` for the total of all in that one. For a row for
 * each disaggregation ask for the dimension `co`.
 *
 * @throws QueryError
 */
export function operand(dataElement: string, category: string, attribute?: string): string {
  if (category === '*' && (attribute === undefined || attribute === '*')) {
    throw new QueryError(
      `operand: ${dataElement}.* is the total, and not a row for each; write ${dataElement} for the total, and add ` +
        'dimension: { co: [] } for a row for each',
    )
  }
  const parts = [category, ...(attribute === undefined ? [] : [attribute])]
  const combos = parts.map((combo) => (combo === '*' ? combo : checkedId('operand', combo)))
  return [checkedId('operand', dataElement), ...combos].join('.')
}

/** Where a data element or an attribute belongs. */
export interface ItemPlace {
  /** For `dx`, and for tracked entities. */
  program?: string | undefined
  stage?: string | undefined
  /** Which of a stage's repetitions: 1 is the first, 0 the last, -1 the one before it. */
  repetition?: number | undefined
  /** One option of the item, for `dx` and beside a program: `IpHINAT79UW.a3kGcGDCuk6.Mnp3oXrpAbK`. Since 2.42. */
  option?: string | undefined
}

/**
 * A data element or attribute of a program: `IpHINAT79UW.a3kGcGDCuk6`; of a stage: `A03MvHHogjR.UXz7xuGCEhU`; or of a
 * repeated stage: `IpHINAT79UW.A03MvHHogjR[1].UXz7xuGCEhU`. For `dx` or as the name of a dimension.
 *
 * @throws QueryError
 */
export function itemOf({ program, stage, repetition, option }: ItemPlace, item: string): string {
  if (option !== undefined && (program === undefined || stage !== undefined)) {
    throw new QueryError('itemOf: an option belongs beside a program, and not beside a stage')
  }
  if (repetition !== undefined && (stage === undefined || !Number.isInteger(repetition))) {
    throw new QueryError('itemOf: repetition must be a whole number, beside a stage')
  }
  const repeated = repetition === undefined ? '' : `[${repetition}]`
  return [
    ...(program === undefined ? [] : [checkedId('itemOf', program)]),
    ...(stage === undefined ? [] : [checkedId('itemOf', stage) + repeated]),
    checkedId('itemOf', item),
    ...(option === undefined ? [] : [checkedId('itemOf', option)]),
  ].join('.')
}

/** The name of a dimension, grouped by the ranges of a legend set: `qrur9Dvnyt5-Yf6UHoPkdS6`. @throws QueryError */
export function withLegendSet(dimension: string, legendSet: string): string {
  return `${checkedName('withLegendSet', dimension)}-${checkedId('withLegendSet', legendSet)}`
}

/** What must be true of a value; several must all be. */
export interface Conditions {
  EQ?: string | number | undefined
  NE?: string | number | undefined
  GT?: string | number | undefined
  GE?: string | number | undefined
  LT?: string | number | undefined
  LE?: string | number | undefined
  /** Equal, whatever the case. */
  IEQ?: string | undefined
  /** Contains. */
  LIKE?: string | undefined
  /** Contains, whatever the case. */
  ILIKE?: string | undefined
  /** One of them. */
  IN?: readonly (string | number)[] | undefined
  '!EQ'?: string | number | undefined
  '!IEQ'?: string | undefined
  '!LIKE'?: string | undefined
  '!ILIKE'?: string | undefined
}

const operators: readonly string[] = [
  'EQ',
  'NE',
  'GT',
  'GE',
  'LT',
  'LE',
  'IEQ',
  'LIKE',
  'ILIKE',
  'IN',
  '!EQ',
  '!IEQ',
  '!LIKE',
  '!ILIKE',
] satisfies (keyof Conditions)[]

/**
 * A dimension of events, enrollments or tracked entities, and what must be true of it: `qrur9Dvnyt5:GT:5:LT:15`,
 * `qrur9Dvnyt5:IN:18;19;NV`. For the list form of a query's `dimension` and `filter`:
 *
 * ```ts
 * dimension: [where('qrur9Dvnyt5', { GT: 5, LT: 15 }), where('oZg33kd9taw', { EQ: noValue })]
 * ```
 *
 * @throws QueryError for no condition, and for values with `:`, `;` or `,`, for which the API has no escape.
 */
export function where(dimension: string, ...conditions: readonly [Conditions, ...Conditions[]]): string {
  const parts = conditions.flatMap((each) =>
    Object.entries(each).flatMap(([operator, value]) => {
      if (value === undefined) return []
      if (!operators.includes(operator)) {
        throw new QueryError(`where: ${JSON.stringify(operator)} is none of ${operators.join(', ')}`)
      }
      const values = Array.isArray(value) ? value : [value]
      return [operator, values.map((one) => checkedValue(one)).join(';') || checkedValue('')]
    }),
  )
  if (parts.length === 0) throw new QueryError('where: there is no condition; write one such as { GT: 5 }')
  return [checkedName('where', dimension), ...parts].join(':')
}

/** What `itemOf` and `withLegendSet` make, and any id. */
function checkedName(who: string, name: unknown): string {
  if (typeof name === 'string' && /^\w+(\[-?\d+\])?(\.\w+(\[-?\d+\])?)*(-\w+)?$/.test(name)) return name
  throw new QueryError(`${who}: ${JSON.stringify(name)} is not the name of a dimension`)
}

function checkedValue(value: unknown): string {
  const text = typeof value === 'number' && !Number.isFinite(value) ? '' : String(value)
  if (/[:;,]/.test(text) || text.trim() === '') {
    throw new QueryError(
      `where: ${JSON.stringify(value)} can't be a value: it must not be empty, nor hold : ; or ,`,
    )
  }
  return text
}
