import type { AnalyticsQuery } from '../../index.ts'
import { usage } from '../ending/failure.ts'
import type { QuestionOptions } from '../options/question.ts'

/**
 * The query that the options ask. An endpoint without a slash in front is one below `/api/analytics/`.
 *
 * @throws Failure where a parameter is no `name=value`.
 */
export function queryOf({
  endpoint,
  dx,
  pe,
  ou,
  dimension,
  filter,
  param = [],
}: QuestionOptions): AnalyticsQuery {
  return {
    endpoint: pathOf(endpoint ?? 'analytics'),
    dx,
    pe,
    ou,
    dimension,
    filter,
    params: param.map(pairOf),
  }
}

function pathOf(endpoint: string): string {
  if (endpoint.startsWith('/')) return endpoint
  if (endpoint.startsWith('api/')) return `/${endpoint}`
  return /^(analytics|orgUnitAnalytics)\b/.test(endpoint) ? `/api/${endpoint}` : `/api/analytics/${endpoint}`
}

function pairOf(param: string): readonly [string, string] {
  const at = param.indexOf('=')
  if (at > 0) return [param.slice(0, at), param.slice(at + 1)]
  throw usage(`--param ${param} has no value`, 'Write --param name=value, such as --param skipMeta=true.')
}

/** The query with the suffix that JSON has, which some endpoints want. */
export function ofRows(query: AnalyticsQuery): AnalyticsQuery {
  const endpoint = query.endpoint ?? ''
  if (/\/dataValueSet(\.\w+)?$/.test(endpoint)) {
    throw usage(
      'A data value set has no rows to pull',
      'Take it as it is: dhis2-analytics download --endpoint dataValueSet.csv --to values.csv',
    )
  }
  return { ...query, endpoint: /\.\w+$/.test(endpoint) ? endpoint : `${endpoint}.json` }
}
