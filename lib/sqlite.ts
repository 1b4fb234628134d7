export type { PieceStore } from './pull/store.ts'
export { type SqliteTableOptions, sqliteTable } from './pull/stores/sqlite-table.ts'
export {
  type SqliteDatabase,
  type SqliteStatement,
  type TableCounts,
  type TableMode,
  type TableOptions,
  type TableRowSink,
  type TableSlice,
  type ToSqliteOptions,
  toSqlite,
} from './sinks/sqlite.ts'
