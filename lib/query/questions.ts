import { z } from 'zod'
import type { Shape } from '../checks/validate.ts'
import {
  aggregationTypes,
  among,
  type CommonParameters,
  common,
  count,
  days,
  flag,
  type MetaDataParameters,
  metaData,
  number,
  type OneOf,
  type Several,
  someOf,
  sortOrders,
  text,
  texts,
  type WithDays,
} from './parameters.ts'
import { type AnalyticsQuery, formats, type Items, paramsSchema } from './query.ts'

const ouModes = ['SELECTED', 'CHILDREN', 'DESCENDANTS'] as const
const eventStatuses = ['ACTIVE', 'COMPLETED', 'SCHEDULE', 'OVERDUE', 'SKIPPED', 'VISITED'] as const
const programStatuses = ['ACTIVE', 'COMPLETED', 'CANCELLED'] as const
const outputTypes = ['EVENT', 'ENROLLMENT', 'TRACKED_ENTITY_INSTANCE'] as const
const algorithms = ['Z_SCORE', 'MODIFIED_Z_SCORE'] as const

/** What every question takes; parameters without a name here go into `params`. */
interface Question extends CommonParameters, Pick<AnalyticsQuery, 'params'> {
  /** What the answer is written in. Default `json`, which `rows` and `aggregate` need. */
  format?: OneOf<typeof formats> | undefined
}

interface WithMetaData
  extends Question,
    MetaDataParameters,
    Pick<AnalyticsQuery, 'ou' | 'dimension' | 'filter'> {}

/** What events, enrollments and tracked entities have in common. */
interface ListQuestion extends WithMetaData, Pick<AnalyticsQuery, 'paging'> {
  /** Which org units count: the given ones, their children, or all below them. Default `DESCENDANTS`. */
  ouMode?: OneOf<typeof ouModes> | undefined
  /** The columns wanted, in their order. Default all. */
  headers?: Items | undefined
  /** The columns to sort by, smallest first. Kept where one answer holds the whole list, refused where not. */
  asc?: Items | undefined
  /** The same, largest first. */
  desc?: Items | undefined
  /** A period, by the date of the event: `LAST_12_MONTHS`, `202401`. Read by every version. */
  eventDate?: Items | undefined
  /**
   * The same of events and tracked entities; of enrollments the date of the incident. It goes out as `eventDate` or
   * `incidentDate`, as 2.41 ignores it under this name.
   */
  occurredDate?: Items | undefined
  /** A period, by the date an event is due. */
  scheduledDate?: Items | undefined
  /** A period, by the date of enrollment. */
  enrollmentDate?: Items | undefined
  /** A period, by the date of the incident. */
  incidentDate?: Items | undefined
  /** A period, by the day something last changed. */
  lastUpdated?: Items | undefined
  /** Only what has coordinates. Default false. */
  coordinatesOnly?: boolean | undefined
}

interface WithRowContext {
  /** Tells in `rowContext` of cells without a value why, for `aggregate()`: `rows()` refuses it. Default false. */
  rowContext?: boolean | undefined
}

/** A question about events. Without any period DHIS2 takes the last 12 months. */
export interface EventsQuestion extends ListQuestion, WithRowContext, WithDays, Pick<AnalyticsQuery, 'pe'> {
  /** The program stage. */
  stage?: string | undefined
  /** Of enrollments with such a status. */
  programStatus?: Several<typeof programStatuses> | undefined
  /** Events with such a status. */
  eventStatus?: Several<typeof eventStatuses> | undefined
  /** What a row is. Default `EVENT`. */
  outputType?: OneOf<typeof outputTypes> | undefined
}

/** A question about enrollments. Data elements are named with their stage: `A03MvHHogjR.UXz7xuGCEhU`. */
export interface EnrollmentsQuestion
  extends ListQuestion,
    WithRowContext,
    WithDays,
    Pick<AnalyticsQuery, 'pe'> {
  /** Enrollments with such a status. */
  programStatus?: Several<typeof programStatuses> | undefined
}

/** A question about tracked entities. Data elements are named with program and stage. */
export interface TrackedEntitiesQuestion extends ListQuestion {
  /** Only those enrolled in one of these programs. */
  program?: Items | undefined
  /** A period, by the day they were registered. */
  created?: Items | undefined
  /** Only those with such a status in a program: `IpHINAT79UW.ACTIVE`. */
  programStatus?: Items | undefined
  /** Only those with an event of such a status in a stage of a program: `IpHINAT79UW.A03MvHHogjR.COMPLETED`. */
  eventStatus?: Items | undefined
}

interface CountQuestion extends WithMetaData, WithDays, Pick<AnalyticsQuery, 'pe'> {
  ouMode?: OneOf<typeof ouModes> | undefined
  programStatus?: Several<typeof programStatuses> | undefined
  /** The rows with the largest or smallest numbers, so many. */
  limit?: number | undefined
  sortOrder?: OneOf<typeof sortOrders> | undefined
  /** The date that periods are about: `EVENT_DATE`, `ENROLLMENT_DATE`, … or the id of a data element or attribute. */
  timeField?: string | undefined
}

/** A question about numbers of events. */
export interface EventsAggregateQuestion extends CountQuestion {
  /** The program stage. */
  stage?: string | undefined
  /** A numeric data element or attribute to aggregate, in place of the number of events. */
  value?: string | undefined
  /** How `value` is aggregated. */
  aggregationType?: OneOf<typeof aggregationTypes> | undefined
  /** What is counted. Default `EVENT`. */
  outputType?: OneOf<typeof outputTypes> | undefined
  eventStatus?: Several<typeof eventStatuses> | undefined
  /** The data element or attribute that says which org unit counts. */
  orgUnitField?: string | undefined
  /** The data elements and attributes become one column. Default false. */
  collapseDataDimensions?: boolean | undefined
}

/** A question about numbers of enrollments. */
export type EnrollmentsAggregateQuestion = CountQuestion

/** A question about raw data: what was reported, not aggregated and without a limit on rows. */
export interface RawDataQuestion extends WithMetaData, WithDays, Pick<AnalyticsQuery, 'dx' | 'pe'> {
  format?: 'json' | 'csv' | undefined
  /** What ids in the question are: `UID`, `CODE` or `ATTRIBUTE:<id>`. Default `UID`. */
  inputIdScheme?: string | undefined
}

/** A question whose answer is a data value set, as DHIS2 imports it. */
export interface DataValueSetQuestion extends Question, WithDays, Pick<AnalyticsQuery, 'filter'> {
  dx: NonNullable<AnalyticsQuery['dx']>
  pe: NonNullable<AnalyticsQuery['pe']>
  ou: NonNullable<AnalyticsQuery['ou']>
  format?: 'json' | 'csv' | 'xml' | undefined
  aggregationType?: OneOf<typeof aggregationTypes> | undefined
  /** What ids in the question are: `UID`, `CODE` or `ATTRIBUTE:<id>`. Default `UID`. */
  inputIdScheme?: string | undefined
}

/** A question about values far from the others. Its dx, ds and ou are parameters of their own, not dimensions. */
export interface OutlierDetectionQuestion extends Omit<Question, 'skipMeta'>, WithDays {
  /** Data elements. */
  dx?: Items | undefined
  /** Data sets, for all of their data elements. */
  ds?: Items | undefined
  /** One period, `LAST_12_MONTHS`: the server reads no more. */
  pe?: string | undefined
  ou?: Items | undefined
  /** Default `Z_SCORE`. */
  algorithm?: OneOf<typeof algorithms> | undefined
  /** From how many standard deviations on. Default 3. */
  threshold?: number | undefined
  /** How many at most. Default 500. */
  maxResults?: number | undefined
  /** The column to sort by, such as `zscore` or `value`. */
  orderBy?: string | undefined
  sortOrder?: OneOf<typeof sortOrders> | undefined
  /** From when on values count for mean and deviation. */
  dataStartDate?: string | undefined
  dataEndDate?: string | undefined
  headers?: Items | undefined
}

const oneText = 'must be one period, as the server reads no more; for several give startDate and endDate'
const onePeriod = z.string({ error: oneText }).regex(/^[^;,]+$/, { error: oneText })
/** Checked where the query is. */
const elsewhere = z.unknown()

const question = {
  ...common,
  params: paramsSchema,
  format: among(formats),
} satisfies Shape<Question>

const withMetaData = {
  ...question,
  ...metaData,
  ou: elsewhere,
  dimension: elsewhere,
  filter: elsewhere,
} satisfies Shape<WithMetaData>

const list = {
  ...withMetaData,
  paging: elsewhere,
  ouMode: among(ouModes),
  headers: texts,
  asc: texts,
  desc: texts,
  eventDate: texts,
  occurredDate: texts,
  scheduledDate: texts,
  enrollmentDate: texts,
  incidentDate: texts,
  lastUpdated: texts,
  coordinatesOnly: flag,
} satisfies Shape<ListQuestion>

const counted = {
  ...withMetaData,
  ...days,
  pe: elsewhere,
  ouMode: among(ouModes),
  programStatus: someOf(programStatuses),
  limit: count,
  sortOrder: among(sortOrders),
  timeField: text,
} satisfies Shape<CountQuestion>

const statusesOf = (form: RegExp, example: string) => {
  const one = z.string().regex(form, { error: `must be like ${example}` })
  return z.union([one, z.array(one).min(1).readonly()], { error: `must be like ${example}` })
}

/** What each endpoint's question may hold. */
export const questionShapes = {
  events: {
    ...list,
    ...days,
    rowContext: flag,
    pe: elsewhere,
    stage: text,
    programStatus: someOf(programStatuses),
    eventStatus: someOf(eventStatuses),
    outputType: among(outputTypes),
  } satisfies Shape<EventsQuestion>,
  enrollments: {
    ...list,
    ...days,
    rowContext: flag,
    pe: elsewhere,
    programStatus: someOf(programStatuses),
  } satisfies Shape<EnrollmentsQuestion>,
  trackedEntities: {
    ...list,
    program: texts,
    created: texts,
    programStatus: statusesOf(/^\w+\.[A-Z]+$/, "'IpHINAT79UW.ACTIVE'"),
    eventStatus: statusesOf(/^\w+\.\w+\.[A-Z]+$/, "'IpHINAT79UW.A03MvHHogjR.COMPLETED'"),
  } satisfies Shape<TrackedEntitiesQuestion>,
  eventsAggregate: {
    ...counted,
    stage: text,
    value: text,
    aggregationType: among(aggregationTypes),
    outputType: among(outputTypes),
    eventStatus: someOf(eventStatuses),
    orgUnitField: text,
    collapseDataDimensions: flag,
  } satisfies Shape<EventsAggregateQuestion>,
  enrollmentsAggregate: counted satisfies Shape<EnrollmentsAggregateQuestion>,
  rawData: {
    ...withMetaData,
    ...days,
    dx: elsewhere,
    pe: elsewhere,
    format: among(['json', 'csv']),
    inputIdScheme: text,
  } satisfies Shape<RawDataQuestion>,
  dataValueSet: {
    ...question,
    ...days,
    dx: elsewhere,
    pe: elsewhere,
    ou: elsewhere,
    filter: elsewhere,
    format: among(['json', 'csv', 'xml']),
    aggregationType: among(aggregationTypes),
    inputIdScheme: text,
  } satisfies Shape<DataValueSetQuestion>,
  outlierDetection: {
    params: question.params,
    format: question.format,
    relativePeriodDate: text,
    outputIdScheme: text,
    ...days,
    dx: texts,
    ds: texts,
    pe: onePeriod,
    ou: texts,
    algorithm: among(algorithms),
    threshold: number,
    maxResults: count,
    orderBy: text,
    sortOrder: among(sortOrders),
    dataStartDate: text,
    dataEndDate: text,
    headers: texts,
  } satisfies Shape<OutlierDetectionQuestion>,
}
