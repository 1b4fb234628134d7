export { Analytics, type StreamToOptions } from './analytics/analytics.ts'
export type { AnalyticsEndpoint, AnalyticsQuery, Items, QueryParams } from './analytics/query.ts'
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
  TimeoutError,
  TruncatedResponseError,
  UnexpectedContentError,
} from './errors.ts'
export { type Grid, type Header, type MetaData, type Row, type ValueType, valueTypes } from './grid/grid.ts'
export { type Auth, basicAuth, bearerToken, personalAccessToken } from './http/auth.ts'
export type { BodyStream, ResponseInfo } from './http/body-stream.ts'
export type { CallOptions, ClientOptions, TimeoutOptions, TlsOptions } from './http/options.ts'
export type { RetryOptions } from './http/retry.ts'
export type { Destination } from './sinks/file.ts'
export type { System, SystemInfo } from './system/system.ts'
export {
  type ByteCounter,
  type CountBytesOptions,
  countBytes,
  type Progress,
} from './transforms/count-bytes.ts'
export type { CsvDialect } from './transforms/csv-text.ts'
export { type ParseRowsOptions, parseRows } from './transforms/parse-rows.ts'
export type { RowStream, StreamOptions } from './transforms/row-stream.ts'
export { type ToCsvOptions, toCsv } from './transforms/to-csv.ts'
