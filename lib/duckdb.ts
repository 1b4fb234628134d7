export type { PieceStore } from './pull/store.ts'
export { type DuckDbTableOptions, duckDbTable } from './pull/stores/duckdb-table.ts'
export {
  type DuckDbConnection,
  type TableCounts,
  type TableMode,
  type TableOptions,
  type TableRowSink,
  type TableSlice,
  type ToDuckDbOptions,
  toDuckDb,
} from './sinks/duckdb.ts'
