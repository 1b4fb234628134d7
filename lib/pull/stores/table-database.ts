import type { Writable } from 'node:stream'
import type { LoadSteps, Statements } from '../../sinks/load-steps.ts'
import type { Dialect } from '../../tables/names.ts'
import type { TableOptions } from '../../tables/options.ts'

/** A database with the table of a dataset, as its store uses it. */
export interface TableDatabase {
  /** Of the function that made it, for errors. */
  readonly who: string
  readonly dialect: Dialect
  /** The names of the table: its own, and those of what it lies in, in front. */
  readonly names: readonly string[]
  /** Whether one thing at a time is done with it. */
  readonly isSerial: boolean
  /** Whether a connection that broke is followed by another. */
  readonly reconnects: boolean
  /** @throws UnknownOutcomeError where the connection broke before COMMIT was answered. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>
  /** Whether there is a table of these names, in SQL. */
  hasTable(statements: Statements, sql: string): Promise<boolean>
  /** Has who begins a dataset at the same time wait; done first in a transaction. */
  lock?(statements: Statements): Promise<void>
  /** A sink for rows that come behind those of the table. */
  sink(options: TableOptions, steps: LoadSteps): Writable
}
