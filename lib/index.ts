export { Analytics } from './analytics/analytics.ts'
export type {
  DataValueSetQuestion,
  EnrollmentsAggregateQuestion,
  EnrollmentsQuestion,
  EventsAggregateQuestion,
  EventsQuestion,
  OutlierDetectionQuestion,
  RawDataQuestion,
  TrackedEntitiesQuestion,
} from './analytics/endpoint-params.ts'
export type { DataValueSetQuery, GridQuery } from './analytics/endpoint-query.ts'
export type { Enrollments, Events, TrackedEntities } from './analytics/endpoints.ts'
export {
  type Conditions,
  dataElementGroup,
  type ItemPlace,
  indicatorGroup,
  itemOf,
  level,
  noValue,
  noValueNV,
  operand,
  orgUnitGroup,
  type ReportingRate,
  reportingRate,
  reportingRates,
  userOrgUnits,
  where,
  withLegendSet,
} from './analytics/items.ts'
export type { StreamToOptions } from './analytics/options.ts'
export type { Paging } from './analytics/paging.ts'
export type {
  AnalyticsEndpoint,
  AnalyticsQuery,
  Dimensions,
  Items,
  Periods,
  QueryParams,
} from './analytics/query.ts'
export { type RelativePeriod, relativePeriods } from './analytics/relative-periods.ts'
export { Dhis2Client } from './client.ts'
export {
  AuthenticationError,
  ClientClosedError,
  ConnectionError,
  DestinationError,
  Dhis2ApiError,
  Dhis2ClientError,
  type ErrorCode,
  GridFormatError,
  QueryError,
  type RequestSummary,
  RowError,
  TimeoutError,
  TruncatedResponseError,
  UnexpectedContentError,
} from './errors.ts'
export type { DataValue } from './grid/data-values.ts'
export { type Grid, type Header, type MetaData, type Row, type ValueType, valueTypes } from './grid/grid.ts'
export { type Auth, basicAuth, bearerToken, personalAccessToken } from './http/auth.ts'
export type { BodyStream, ResponseInfo } from './http/body-stream.ts'
export type { CallOptions, ClientOptions, TimeoutOptions, TlsOptions } from './http/options.ts'
export type { RetryOptions } from './http/retry.ts'
export type { Destination } from './sinks/destination.ts'
export type { SqlViewQuery, SqlViews } from './sql-views/sql-views.ts'
export type { System, SystemInfo } from './system/system.ts'
export { batchRows } from './transforms/batch-rows.ts'
export {
  type CastCell,
  type CastCellsOptions,
  type CastTo,
  castCells,
  type JsonCell,
} from './transforms/cast-cells.ts'
export type { DateStyle } from './transforms/cast-date.ts'
export {
  type ByteCounter,
  type CountBytesOptions,
  countBytes,
  type Progress,
} from './transforms/count-bytes.ts'
export type { CsvDialect } from './transforms/csv-text.ts'
export { filterRows } from './transforms/filter-rows.ts'
export { type LabelCellsOptions, labelCells } from './transforms/label-cells.ts'
export { type MapRowsOptions, mapRows, type NewHeaders } from './transforms/map-rows.ts'
export type { ObjectKeys } from './transforms/object-keys.ts'
export { type ParseDataValuesOptions, parseDataValues } from './transforms/parse-data-values.ts'
export { type ParseRowsOptions, parseRows } from './transforms/parse-rows.ts'
export type { RowStream, TransformTo } from './transforms/row-stream.ts'
export { selectColumns } from './transforms/select-columns.ts'
export type { StreamOptions } from './transforms/stream-options.ts'
export { type ToCsvOptions, toCsv } from './transforms/to-csv.ts'
export { type ToNdjsonOptions, toNdjson } from './transforms/to-ndjson.ts'
export { type ToObjectsOptions, toObjects } from './transforms/to-objects.ts'
export { validateRows } from './transforms/validate-rows.ts'
