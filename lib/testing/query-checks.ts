/** Why DHIS2 won't answer: 409 with a code for a query that makes no sense, 400 for text that is no query. */
export interface Refusal {
  status: 400 | 409
  message: string
  errorCode?: string
}

const aggregationTypes = [
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
]
const dates = ['startDate', 'endDate', 'relativePeriodDate']
const enums: Readonly<Record<string, readonly string[]>> = {
  aggregationType: aggregationTypes,
  algorithm: ['Z_SCORE', 'MODIFIED_Z_SCORE'],
}
const dataValueSetNeeds = [
  ['dx', 'E7117', 'A data dimension'],
  ['pe', 'E7118', 'A period dimension'],
  ['ou', 'E7119', 'An organisation unit dimension'],
] as const

/** What no endpoint takes: a bad enum, number or date, and the dimension named `nope`, which does not exist. */
export function generalRefusal(query: URLSearchParams): Refusal | undefined {
  for (const [name, values] of Object.entries(enums)) {
    const value = query.get(name)
    if (value !== null && !values.includes(value)) return badValue(name, value, `[${values.join(', ')}]`)
  }
  for (const name of dates) {
    const value = query.get(name)
    if (value !== null && Number.isNaN(Date.parse(value))) return badValue(name, value, 'dates')
  }
  for (const name of ['page', 'pageSize']) {
    const value = query.get(name)
    if (value !== null && !/^-?\d+$/.test(value)) return badValue(name, value, 'integers')
  }
  return dimensionsOf(query, 'dimension', 'filter').includes('nope')
    ? conflict('E7124', 'Dimension or filter could not be found in query: `nope`')
    : undefined
}

/** An aggregate query has a dimension, and no more rows than it may. */
export function aggregateRefusal(query: URLSearchParams, rows: number, maxRows: number): Refusal | undefined {
  if (dimensionsOf(query, 'dimension').length === 0) {
    return conflict('E7101', 'At least one dimension must be specified')
  }
  if (rows > maxRows && query.get('ignoreLimit') !== 'true') {
    return conflict('E7128', `Query result set exceeded max limit: ${maxRows}`)
  }
  return undefined
}

/** A data value set needs data, periods and organisation units, each as a dimension. */
export function dataValueSetRefusal(query: URLSearchParams): Refusal | undefined {
  const names = dimensionsOf(query, 'dimension')
  const missing = dataValueSetNeeds.find(([name]) => !names.includes(name))
  if (missing === undefined) return undefined
  const [name, errorCode, what] = missing
  return conflict(errorCode, `${what} '${name}' must be specified when output format is DATA_VALUE_SET`)
}

/** The names of a query's dimensions. A single parameter is cut at its commas; several are not. */
function dimensionsOf(query: URLSearchParams, ...parameters: readonly string[]): string[] {
  return parameters
    .flatMap((name) => {
      const values = query.getAll(name)
      return values.length === 1 ? values[0]!.split(',') : values
    })
    .map((value) => value.split(':', 1)[0]!)
    .filter((name) => name !== '')
}

export function conflict(errorCode: string, message: string): Refusal {
  return { status: 409, message, errorCode }
}

function badValue(name: string, value: string, valid: string): Refusal {
  return {
    status: 400,
    message: `Value '${value}' is not valid for parameter ${name}. Valid values are: ${valid}`,
  }
}
