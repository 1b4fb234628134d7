export type { PieceStore } from './pull/store.ts'
export { type PostgresTableOptions, postgresTable } from './pull/stores/postgres-table.ts'
export {
  type PullWorker,
  type PullWorkerOptions,
  pullReport,
  pullWorker,
  type SharedRefreshOptions,
  type SharedRunOptions,
  sharePull,
  shareRefresh,
} from './pull/workers/face.ts'
export type { PullJob, QueryInside, Wake } from './pull/workers/wake.ts'
export {
  type PostgresClient,
  type PostgresPool,
  type TableCounts,
  type TableMode,
  type TableOptions,
  type TableRowSink,
  type TableSlice,
  type ToPostgresOptions,
  toPostgres,
} from './sinks/postgres.ts'
