import type { Statements } from '../../sinks/load-steps.ts'
import type { PostgresStatements, QueryInside } from '../../sinks/postgres/statements.ts'

export type { QueryInside } from '../../sinks/postgres/statements.ts'

/** What a job of a queue carries, in JSON: of which server, and into which table. */
export interface PullJob {
  /** The base URL of the server. */
  readonly server: string
  /** The name of the table, with that of its schema in front if need be. */
  readonly table: readonly string[]
}

/**
 * Adds a job to a queue, which a worker is to take in so many milliseconds. A queue whose jobs are in the same database
 * adds it through `query`, so that it is there if, and only if, the work is. No job is believed: one too many finds
 * nothing to do, and one that is lost is added again by `PullWorker.sweep()`. So jobs of one table that wait may be one.
 */
export type Wake = (job: PullJob, afterMs: number, query: QueryInside) => Promise<unknown>

/** Those of PostgreSQL, which is where all shared datasets are. */
export function insideOf(statements: Statements): QueryInside {
  return (statements as PostgresStatements).query
}
