import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'

const displayProperties = ['NAME', 'SHORTNAME'] as const
const userOrgUnitTypes = ['DATA_CAPTURE', 'DATA_OUTPUT', 'TEI_SEARCH'] as const
export const sortOrders = ['ASC', 'DESC'] as const
/** As 2.41 and 2.43 name them where one is wrong. */
export const aggregationTypes = [
  'SUM',
  'AVERAGE',
  'AVERAGE_SUM_ORG_UNIT',
  'LAST',
  'LAST_AVERAGE_ORG_UNIT',
  'LAST_LAST_ORG_UNIT',
  'LAST_IN_PERIOD',
  'LAST_IN_PERIOD_AVERAGE_ORG_UNIT',
  'FIRST',
  'FIRST_AVERAGE_ORG_UNIT',
  'FIRST_FIRST_ORG_UNIT',
  'COUNT',
  'STDDEV',
  'VARIANCE',
  'MIN',
  'MAX',
  'MIN_SUM_ORG_UNIT',
  'MAX_SUM_ORG_UNIT',
  'NONE',
  'CUSTOM',
  'DEFAULT',
] as const

export type OneOf<List extends readonly string[]> = List[number]
export type Several<List extends readonly string[]> = List[number] | readonly List[number][]

/** What every question has but that about outliers. */
export interface CommonParameters {
  /** The day that relative periods are counted from. Default today. */
  relativePeriodDate?: string | undefined
  /** Leaves out metaData, and with it names. Default false. */
  skipMeta?: boolean | undefined
  /** What ids are given as: `UID`, `UUID`, `CODE`, `NAME` or `ATTRIBUTE:<id>`. Default `UID`. */
  outputIdScheme?: string | undefined
}

/** Days in place of periods. */
export interface WithDays {
  /** A day, `2024-01-31`, beside `endDate`. Not beside `pe`. */
  startDate?: string | undefined
  /** A day, `2024-01-31`, which counts too. */
  endDate?: string | undefined
}

/** What is said of items and org units. */
export interface MetaDataParameters {
  /** Leaves out the rows. Default false. */
  skipData?: boolean | undefined
  /** Adds the ancestors of org units to metaData. Default false. */
  hierarchyMeta?: boolean | undefined
  /** Puts the names of an org unit's ancestors before its own. Default false. */
  showHierarchy?: boolean | undefined
  /** More of each item in metaData than its name. Default false. */
  includeMetadataDetails?: boolean | undefined
  /** Which of their names items have in metaData. Default `NAME`. */
  displayProperty?: OneOf<typeof displayProperties> | undefined
  /** In place of your own org units, where `ou` says `USER_ORGUNIT`: ids, `a;b`. */
  userOrgUnit?: string | undefined
}

/**
 * What `/api/analytics` reads besides dimensions and filters. `columns` and `rows`, which make a table of the answer, go
 * into `params`.
 */
export interface AggregateParameters extends CommonParameters, MetaDataParameters, WithDays {
  /** How values are aggregated, in place of what each data element says. */
  aggregationType?: OneOf<typeof aggregationTypes> | undefined
  /** Only values that are so, once they are aggregated: `GE:10;LT:50`. */
  measureCriteria?: string | undefined
  /** The same before they are. */
  preAggregationMeasureCriteria?: string | undefined
  /** Numbers as they are, without rounding. Default false. */
  skipRounding?: boolean | undefined
  /** Of events only those that are completed. Default false. */
  completedOnly?: boolean | undefined
  /** The order of rows by their value. Default none. */
  order?: OneOf<typeof sortOrders> | undefined
  /** The date of events that periods are about: `EVENT_DATE`, … or the id of a data element or attribute. */
  timeField?: string | undefined
  /** The data element or attribute of events that says which org unit counts. */
  orgUnitField?: string | undefined
  /** Which of your org units `USER_ORGUNIT` means. */
  userOrgUnitType?: OneOf<typeof userOrgUnitTypes> | undefined
  /** Takes more rows than the server's limit, where you may. Default false. */
  ignoreLimit?: boolean | undefined
  /** Of a table, leaves out rows without values. Default false. */
  hideEmptyRows?: boolean | undefined
  /** Of a table, leaves out columns without values. Default false. */
  hideEmptyColumns?: boolean | undefined
  /** Adds numerator, denominator and factor of each value as columns. Default false. */
  includeNumDen?: boolean | undefined
  /** As `outputIdScheme`, of all data items only. */
  outputDataItemIdScheme?: string | undefined
  /** As `outputIdScheme`, of data elements only. */
  outputDataElementIdScheme?: string | undefined
  /** As `outputIdScheme`, of org units only. */
  outputOrgUnitIdScheme?: string | undefined
  /** What ids in the question are: `UID`, `CODE` or `ATTRIBUTE:<id>`. Default `UID`. */
  inputIdScheme?: string | undefined
  /** Only data that was approved up to this approval level, by its id. */
  approvalLevel?: string | undefined
}

export const text = z.string({ error: 'must be a non-empty string' }).min(1, { error: 'must not be empty' })
export const texts = z.union([text, z.array(text).min(1).readonly()], {
  error: 'must be a non-empty string or a non-empty list of them',
})
export const flag = z.boolean({ error: 'must be true or false' })
export const number = z.number({ error: 'must be a number' })
export const count = z.int({ error: 'must be a whole number' }).min(1)
export const among = (list: readonly string[]) =>
  z.enum(list as [string, ...string[]], { error: `must be one of ${list.join(', ')}; others go into params` })
export const someOf = (list: readonly string[]) =>
  z.union([among(list), z.array(among(list)).min(1).readonly()], {
    error: `must be one of ${list.join(', ')}, or a list of them; others go into params`,
  })

export const common = {
  relativePeriodDate: text,
  skipMeta: flag,
  outputIdScheme: text,
} satisfies Shape<CommonParameters>

export const days = { startDate: text, endDate: text } satisfies Shape<WithDays>

export const metaData = {
  skipData: flag,
  hierarchyMeta: flag,
  showHierarchy: flag,
  includeMetadataDetails: flag,
  displayProperty: among(displayProperties),
  userOrgUnit: text,
} satisfies Shape<MetaDataParameters>

export const aggregateParameters = {
  ...common,
  ...metaData,
  ...days,
  aggregationType: among(aggregationTypes),
  measureCriteria: text,
  preAggregationMeasureCriteria: text,
  skipRounding: flag,
  completedOnly: flag,
  order: among(sortOrders),
  timeField: text,
  orgUnitField: text,
  userOrgUnitType: among(userOrgUnitTypes),
  ignoreLimit: flag,
  hideEmptyRows: flag,
  hideEmptyColumns: flag,
  includeNumDen: flag,
  outputDataItemIdScheme: text,
  outputDataElementIdScheme: text,
  outputOrgUnitIdScheme: text,
  inputIdScheme: text,
  approvalLevel: text,
} satisfies Shape<AggregateParameters>
