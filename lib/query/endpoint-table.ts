import { QueryError } from '../errors.ts'
import { visible } from './visible-text.ts'

const words = (text: string) => text.trim().split(/\s+/)

/** What every kind of analytics reads, but outliers. */
const common = words(`
  dimension filter startDate endDate skipMeta skipData skipRounding completedOnly hierarchyMeta showHierarchy
  includeMetadataDetails displayProperty outputIdScheme relativePeriodDate userOrgUnit`)

const aggregate = words(`
  aggregationType measureCriteria preAggregationMeasureCriteria userOrgUnitType order timeField orgUnitField ignoreLimit
  hideEmptyRows hideEmptyColumns includeNumDen outputDataItemIdScheme outputDataElementIdScheme outputOrgUnitIdScheme
  inputIdScheme approvalLevel columns rows tableLayout duplicatesOnly`)

const events = words(`
  stage eventDate occurredDate enrollmentDate scheduledDate incidentDate enrollmentOccurredDate lastUpdated headers
  eventStatus programStatus columns rows value aggregationType sortOrder limit outputType collapseDataDimensions
  aggregateData timeField orgUnitField coordinateField fallbackCoordinateField ouMode asc desc coordinatesOnly
  defaultCoordinateFallback dataIdScheme enhancedConditions rowContext paging page pageSize totalPages clusterSize bbox
  includeClusterPoints`)

const enrollments = words(`
  enrollmentDate incidentDate occurredDate lastUpdated eventDate scheduledDate timeField headers ouMode asc desc
  coordinatesOnly dataIdScheme programStatus coordinateField sortOrder limit enhancedConditions rowContext paging page
  pageSize totalPages`)

const trackedEntities = words(`
  program userOrgUnit dimension filter headers ouMode dataIdScheme outputIdScheme outputDataItemIdScheme
  outputDataElementIdScheme outputOrgUnitIdScheme relativePeriodDate skipMeta skipData skipHeaders skipRounding
  includeMetadataDetails hierarchyMeta showHierarchy page pageSize paging totalPages ignoreLimit asc desc programStatus
  enrollmentStatus eventStatus value aggregationType displayProperty occurredDate eventDate enrollmentDate scheduledDate
  incidentDate lastUpdated created coordinatesOnly geometryOnly`)

const outliers = words(`
  ds dx ou pe headers startDate endDate algorithm threshold dataStartDate dataEndDate relativePeriodDate orderBy sortOrder
  maxResults outputIdScheme skipRounding`)

const gridFormats = words('json csv xml html html+css xls xlsx')

/** An endpoint of analytics: what it is written in, and which parameters it reads. All others it ignores in silence. */
export interface EndpointFacts {
  readonly name: string
  readonly formats: readonly string[]
  /** Whether it is there under a suffix only. */
  readonly needsSuffix: boolean
  readonly reads: readonly string[]
  /** Where it lists rows, one event, enrollment or tracked entity each. */
  readonly list?: ListFacts | undefined
}

export type ListKind = 'events' | 'enrollments' | 'trackedEntities'

/** What is known of a list beside. Only tracked entities have an order that can be asked for: that of their id. */
export interface ListFacts {
  readonly kind: ListKind
  /** What identifies a row: the name of the column, which differs between versions. */
  readonly key: readonly string[]
  /** The dates that it can be narrowed by, under the names that a query sends. */
  readonly dates: readonly string[]
}

const eventList: ListFacts = {
  kind: 'events',
  key: ['psi'],
  dates: words('eventDate enrollmentDate enrollmentOccurredDate scheduledDate incidentDate lastUpdated'),
}
const enrollmentList: ListFacts = {
  kind: 'enrollments',
  key: ['pi'],
  dates: words('enrollmentDate incidentDate lastUpdated eventDate scheduledDate'),
}
const trackedEntityList: ListFacts = {
  kind: 'trackedEntities',
  key: ['trackedentity', 'trackedentityinstanceuid'],
  dates: [],
}

/**
 * What is known of each endpoint, by its path behind `/api` and a version: from the criteria classes of the DHIS2
 * backend (2.44), and what older versions and the documentation have.
 */
export const endpointTable: readonly (readonly [path: RegExp, facts: EndpointFacts])[] = [
  [/^analytics$/, facts('analytics', gridFormats, [...common, ...aggregate])],
  [/^analytics\/rawData$/, facts('rawData', ['json', 'csv'], [...common, ...aggregate], true)],
  [
    /^analytics\/dataValueSet$/,
    facts('dataValueSet', ['json', 'csv', 'xml'], [...common, ...aggregate], true),
  ],
  [
    /^analytics\/events\/query\/[^/]+$/,
    { ...facts('events/query', gridFormats, [...common, ...events]), list: eventList },
  ],
  [/^analytics\/events\/aggregate\/[^/]+$/, facts('events/aggregate', gridFormats, [...common, ...events])],
  [
    /^analytics\/enrollments\/query\/[^/]+$/,
    { ...facts('enrollments/query', gridFormats, [...common, ...enrollments]), list: enrollmentList },
  ],
  [
    /^analytics\/enrollments\/aggregate\/[^/]+$/,
    facts('enrollments/aggregate', gridFormats, [...common, ...enrollments]),
  ],
  [
    /^analytics\/trackedEntities\/query\/[^/]+$/,
    { ...facts('trackedEntities/query', gridFormats, trackedEntities), list: trackedEntityList },
  ],
  [
    /^analytics\/trackedEntities\/aggregate\/[^/]+$/,
    facts('trackedEntities/aggregate', gridFormats, trackedEntities),
  ],
  [/^analytics\/outlierDetection$/, facts('outlierDetection', gridFormats, outliers)],
  [/^orgUnitAnalytics$/, facts('orgUnitAnalytics', ['json', 'csv', 'xls', 'pdf'], ['ou', 'ougs', 'columns'])],
]

function facts(name: string, formats: readonly string[], reads: readonly string[], needsSuffix = false) {
  return { name, formats, reads, needsSuffix }
}

const known = new Set(endpointTable.flatMap(([, { reads }]) => reads))

/** What is known of an endpoint; undefined of any other. */
export function factsOf(endpoint: string): EndpointFacts | undefined {
  const { stem } = partsOf(endpoint)
  return endpointTable.find(([path]) => path.test(stem))?.[1]
}

/**
 * @throws QueryError where a known endpoint is asked for in a format that it has not. Servers answer a suffix that nobody
 * knows with JSON.
 */
export function checkSuffix(endpoint: string): void {
  const { suffix } = partsOf(endpoint)
  const facts = factsOf(endpoint)
  if (!facts) return
  const shown = facts.formats.map((format) => `.${format}`).join(', ')
  if (suffix === undefined ? facts.needsSuffix : !facts.formats.includes(suffix)) {
    throw new QueryError(
      `Query: endpoint ${JSON.stringify(endpoint)} has no such format; ${facts.name} ends in ${shown}`,
    )
  }
}

/**
 * The name of a parameter that every version reads: 2.41 ignores `occurredDate` in silence, which is the date of the event,
 * and of enrollments that of the incident.
 */
export function oldestName(endpoint: string, name: string): string {
  const facts = factsOf(endpoint)
  if (name !== 'occurredDate' || !facts) return name
  return facts.name.startsWith('enrollments') ? 'incidentDate' : 'eventDate'
}

/** What the dimensions of a query are in place of, where an endpoint reads none. */
const noDimensions = 'it has no dimensions and filters, so that dx, pe and ou go into params'

/**
 * @throws QueryError for a parameter that differs from a known one in its case, or that this endpoint never reads while
 * another does. Names that nobody knows pass: new servers read new ones.
 */
export function checkParameters(endpoint: string, names: readonly string[]): void {
  const facts = factsOf(endpoint)
  if (!facts) return
  for (const name of names) {
    if (facts.reads.includes(name)) continue
    if (visible(name).toLowerCase() === 'format') {
      throw new QueryError(
        `Query: params: ${facts.name} does not read ${name}: the end of the endpoint says it, such as .csv`,
      )
    }
    const other = [...known].find((each) => each.toLowerCase() === visible(name).toLowerCase())
    if (other === undefined) continue
    if (other !== name) {
      throw new QueryError(`Query: params: ${name} is ${other}; the server ignores it as it is written`)
    }
    const others = endpointTable.filter(([, { reads }]) => reads.includes(name)).map(([, each]) => each.name)
    const instead = name === 'dimension' || name === 'filter' ? noDimensions : `${others.join(', ')} do`
    throw new QueryError(
      `Query: ${facts.name} does not read ${name}, and would ignore it in silence; ${instead}`,
    )
  }
}

/** Whether what it is asked follows the rules of analytics: filters of other parts of the API are their own affair. */
export function isAnalytics(endpoint: string): boolean {
  return /^(analytics|orgUnitAnalytics)(\/|$)/.test(partsOf(endpoint).stem)
}

/** The path as the server has it: percent-encoding undone, without what follows a `;` and the last slash. */
function partsOf(endpoint: string): { stem: string; suffix: string | undefined } {
  const [, path = ''] = /^\/api\/(?:\d+\/)?(.*?)\/?$/.exec(asServed(endpoint)) ?? []
  const [, stem = path, suffix] = /^([^.]*)\.([^/]*)$/.exec(path) ?? []
  return { stem, suffix }
}

function asServed(endpoint: string): string {
  try {
    return decodeURIComponent(endpoint).replaceAll(/;[^/]*/g, '')
  } catch {
    // Refused as no path of this server.
    return endpoint
  }
}

/** The format an endpoint answers in: its suffix, or JSON without one. */
export function formatOf(path: string): string {
  return /\.([A-Za-z+]+)$/.exec(path)?.[1]?.toLowerCase() ?? 'json'
}
