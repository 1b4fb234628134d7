import type { TableColumn } from '../tables/columns.ts'
import type { TableSlice } from '../tables/options.ts'

export type SqlValue = string | number | null

/** Statements in one transaction, written alike for each database: `?` stands for a value, and for nothing else. */
export interface Statements {
  /** The rows that a question has. */
  all(sql: string, values?: readonly SqlValue[]): Promise<readonly Record<string, unknown>[]>
  /** Resolves to how many rows it has changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>
}

/** Which rows of a table: those in the slice and of these days, and all where neither is there. */
export interface Replaced {
  readonly slice?: TableSlice | undefined
  /** From the first of them, and before the second. */
  readonly days?: { readonly column: string; readonly from: string; readonly before: string } | undefined
}

/** What a load in mode `append` does besides. */
export interface LoadSteps {
  /** Before it looks for its table, and outside of its transaction. */
  ready(columns: readonly TableColumn[]): Promise<void>
  /** The rows that go, in the same transaction, before the new ones come; undefined where none do. */
  replaced(): Replaced | undefined
  /** The last thing in its transaction. */
  done(statements: Statements): Promise<void>
}
