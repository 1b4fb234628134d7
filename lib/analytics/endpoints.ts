import { z } from 'zod'
import { checkedId } from '../checks/dhis2-id.ts'
import { validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'
import { type AnalyticsQuery, pairsOf, type QueryParams } from '../query/query.ts'
import {
  type DataValueSetQuestion,
  type EnrollmentsAggregateQuestion,
  type EnrollmentsQuestion,
  type EventsAggregateQuestion,
  type EventsQuestion,
  type OutlierDetectionQuestion,
  questionShapes,
  type RawDataQuestion,
  type TrackedEntitiesQuestion,
} from '../query/questions.ts'
import { type Calls, DataValueSetQuery, GridQuery } from './bound-query.ts'

/** Queries about events. Get it as `client.analytics.events`. */
export interface Events {
  /** The events of a program, one a row: all of them, unless `params` asks for one page. @throws QueryError */
  query(program: string, question?: EventsQuestion): GridQuery
  /** How many events there are, or what the values in them come to, by the dimensions asked for. @throws QueryError */
  aggregate(program: string, question?: EventsAggregateQuestion): GridQuery
}

/** Queries about enrollments. Get it as `client.analytics.enrollments`. */
export interface Enrollments {
  /** The enrollments in a program, one a row: all of them, unless `params` asks for one page. @throws QueryError */
  query(program: string, question?: EnrollmentsQuestion): GridQuery
  /** How many enrollments there are, by the dimensions asked for. @throws QueryError */
  aggregate(program: string, question?: EnrollmentsAggregateQuestion): GridQuery
}

/** Queries about tracked entities. Get it as `client.analytics.trackedEntities`. */
export interface TrackedEntities {
  /** The tracked entities of a type, one a row: all of them, unless `params` asks for one page. @throws QueryError */
  query(type: string, question?: TrackedEntitiesQuestion): GridQuery
}

/** The endpoints of analytics, each with its own parameters: what they make are queries like any other. */
export interface Endpoints {
  readonly events: Events
  readonly enrollments: Enrollments
  readonly trackedEntities: TrackedEntities
  outlierDetection(question: OutlierDetectionQuestion): GridQuery
  rawData(question: RawDataQuestion): GridQuery
  dataValueSet(question: DataValueSetQuestion): DataValueSetQuery
}

export function endpointsOf(calls: Calls): Endpoints {
  const below =
    (who: string, shape: z.ZodRawShape, path: string) =>
    (id: string, question: object = {}) =>
      new GridQuery(calls, queryOf(who, shape, `${path}/${checkedId(who, id)}`, question))
  const { events, enrollments, trackedEntities, rawData, dataValueSet, outlierDetection } = questionShapes
  return {
    events: {
      query: below('events.query', events, 'events/query'),
      aggregate: below('events.aggregate', questionShapes.eventsAggregate, 'events/aggregate'),
    },
    enrollments: {
      query: below('enrollments.query', enrollments, 'enrollments/query'),
      aggregate: below('enrollments.aggregate', questionShapes.enrollmentsAggregate, 'enrollments/aggregate'),
    },
    trackedEntities: {
      query: below('trackedEntities.query', trackedEntities, 'trackedEntities/query'),
    },
    outlierDetection: (question) =>
      new GridQuery(calls, queryOf('outlierDetection', outlierDetection, 'outlierDetection', question, [])),
    rawData: (question) => new GridQuery(calls, queryOf('rawData', rawData, 'rawData', question)),
    dataValueSet(question) {
      const query = queryOf('dataValueSet', dataValueSet, 'dataValueSet', question)
      const missing = (['dx', 'pe', 'ou'] as const).filter((name) => query[name] === undefined)
      if (missing.length) throw new QueryError(`dataValueSet: needs ${missing.join(', ')} too`)
      return new DataValueSetQuery(calls, query)
    },
  }
}

/**
 * The endpoint's own parameters become `params`, in front of those that were given there; `parts` are the names that
 * stay what they are in any query.
 */
function queryOf(
  who: string,
  shape: z.ZodRawShape,
  path: string,
  question: object,
  parts: readonly string[] = ['dx', 'pe', 'ou', 'dimension', 'filter', 'paging'],
): AnalyticsQuery {
  const { format = 'json', params = [], ...rest } = validate(schemaOf(shape), question, who)
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined)
  const isPart = ([name]: [string, unknown]) => parts.includes(name)
  const own = Object.fromEntries(entries.filter((entry) => !isPart(entry))) as QueryParams
  return {
    endpoint: `/api/analytics/${path}.${format}`,
    ...Object.fromEntries(entries.filter(isPart)),
    params: [...pairsOf(own), ...pairsOf(params as QueryParams)],
  }
}

function schemaOf(shape: z.ZodRawShape): z.ZodType<Record<string, unknown>> {
  const optional = Object.entries(shape).map(([name, schema]) => [name, z.optional(schema)])
  return z.strictObject(Object.fromEntries(optional), {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}; other parameters go into params`
        : 'must be an object of parameters',
  })
}
