export { Analytics } from './analytics/analytics.ts'
export type { DataValueSetQuery, GridQuery } from './analytics/bound-query.ts'
export type { Enrollments, Events, TrackedEntities } from './analytics/endpoints.ts'
export type { PlanOptions, StreamToOptions, TableCallOptions } from './analytics/options.ts'
export type { DateStyle } from './cells/cast-date.ts'
export { Dhis2Client } from './client.ts'
export type {
  BooleanColumn,
  NumberColumn,
  Table,
  TableColumn,
  TextColumn,
  TimeColumn,
} from './columns/table.ts'
export type { CsvDialect } from './csv/csv-text.ts'
export {
  type DimensionTables,
  type DimensionTablesOptions,
  dimensionTables,
  type ServerTables,
} from './dimensions/dimension-tables.ts'
export {
  AuthenticationError,
  ClientClosedError,
  ConnectionError,
  DatasetError,
  DestinationError,
  Dhis2ApiError,
  Dhis2ClientError,
  type Dhis2Error,
  type ErrorCode,
  GridFormatError,
  IncompletePullError,
  type IncompleteReport,
  isDhis2Error,
  NeverRanError,
  QueryError,
  type RequestSummary,
  RowError,
  TimeoutError,
  TruncatedResponseError,
  UnexpectedContentError,
  UnknownOutcomeError,
} from './errors.ts'
export type { DataValue } from './grid/data-values.ts'
export { type Grid, type Header, type MetaData, type Row, type ValueType, valueTypes } from './grid/grid.ts'
export { type Auth, basicAuth, bearerToken, personalAccessToken } from './http/auth/auth.ts'
export type { BodyStream, ResponseInfo } from './http/body-stream.ts'
export type { CallOptions, ClientOptions, TimeoutOptions, TlsOptions } from './http/options.ts'
export type { RetryOptions } from './http/retry.ts'
export type { Messages as DiagnosticMessages, RetryNotice } from './http/telling.ts'
export { type DatasetStatus, datasetStatus } from './pull/dataset-status.ts'
export type {
  FreshnessReport,
  PullEvent,
  PullProgress,
  PullReport,
  RefreshReport,
} from './pull/events.ts'
export { csvFiles } from './pull/files/csv-files.ts'
export { ndjsonFiles } from './pull/files/ndjson-files.ts'
export type { OwnStore } from './pull/files/own-store.ts'
export { parquetFiles } from './pull/files/parquet-files.ts'
export type { FreshnessOptions, FreshnessPolicy } from './pull/freshness/freshness-options.ts'
export type { Piece, PieceId, Plan } from './pull/piece.ts'
export type { Pull } from './pull/pull.ts'
export type { PieceAsOf } from './pull/refresh/as-of.ts'
export type { PullRefreshOptions } from './pull/refresh/refresh-options.ts'
export type { Pace } from './pull/run/pace.ts'
export type { Concurrency, PullRunOptions } from './pull/run/run-options.ts'
export type {
  DatasetHead,
  DatasetHolder,
  OpenStore,
  PieceEvent,
  PieceFacts,
  PieceStore,
  SeenDataset,
} from './pull/store.ts'
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
} from './query/items.ts'
export type { Paging } from './query/paging.ts'
export type {
  AnalyticsEndpoint,
  AnalyticsQuery,
  Dimensions,
  Items,
  Periods,
  QueryParams,
} from './query/query.ts'
export type {
  DataValueSetQuestion,
  EnrollmentsAggregateQuestion,
  EnrollmentsQuestion,
  EventsAggregateQuestion,
  EventsQuestion,
  OutlierDetectionQuestion,
  RawDataQuestion,
  TrackedEntitiesQuestion,
} from './query/questions.ts'
export { type RelativePeriod, relativePeriods } from './query/relative-periods.ts'
export type { ObjectKeys } from './rows/object-keys.ts'
export type { RowStream, TransformTo } from './rows/row-stream.ts'
export type { StreamOptions } from './rows/stream-options.ts'
export type { ColumnTypes } from './rows/typed-headers.ts'
export type { Destination } from './sinks/destination.ts'
export { type BatchContext, eachBatch } from './sinks/each-batch.ts'
export type { ByteSink, RowSink } from './sinks/sink.ts'
export type { TableCounts, TableRowSink } from './sinks/table-sink.ts'
export { type ToFileOptions, toFile } from './sinks/to-file.ts'
export type { SqlViewQuery, SqlViews } from './sql-views/sql-views.ts'
export type { System, SystemInfo } from './system/system.ts'
export type { Dialect } from './tables/names.ts'
export type { TableMode, TableOptions, TableSlice } from './tables/options.ts'
export { schemaOf } from './tables/schema.ts'
export { batchRows } from './transforms/batch-rows.ts'
export {
  type CastCell,
  type CastCellsOptions,
  type CastTo,
  castCells,
  type JsonCell,
} from './transforms/cast-cells.ts'
export {
  type ByteCounter,
  type CountBytesOptions,
  countBytes,
  type Progress,
} from './transforms/count-bytes.ts'
export { type DatePeriodsOptions, datePeriods } from './transforms/date-periods.ts'
export { filterRows } from './transforms/filter-rows.ts'
export { type LabelCellsOptions, labelCells } from './transforms/label-cells.ts'
export { type MapRowsOptions, mapRows, type NewHeaders } from './transforms/map-rows.ts'
export { type ParseDataValuesOptions, parseDataValues } from './transforms/parse-data-values.ts'
export { type ParseRowsOptions, parseRows } from './transforms/parse-rows.ts'
export { type PivotRowsOptions, pivotRows } from './transforms/pivot-rows.ts'
export { selectColumns } from './transforms/select-columns.ts'
export { type ToArrowOptions, toArrow } from './transforms/to-arrow.ts'
export { type ToCsvOptions, toCsv } from './transforms/to-csv.ts'
export { type ToNdjsonOptions, toNdjson } from './transforms/to-ndjson.ts'
export { type ToObjectsOptions, toObjects } from './transforms/to-objects.ts'
export { type StandardSchema, validateRows } from './transforms/validate-rows.ts'
