/**
 * load: an HTTP request into databases, and the bytes of a file to Parquet and Arrow.
 *
 * Not part of the plain run: it starts a PostgreSQL of its own, and takes some minutes. Each race is measured by what
 * people do without us, from a CSV that is ready for them: no HTTP, no JSON, no checks. What the tables hold is compared
 * after each run, and a difference ends the benchmark.
 */

import type { Job } from './job.ts'
import { arrow } from './load/arrow.ts'
import { duckDb } from './load/duckdb.ts'
import { parquet } from './load/parquet.ts'
import { parquetMemory } from './load/parquet-memory.ts'
import { postgres } from './load/postgres.ts'
import { sqlite } from './load/sqlite.ts'

export const load: Job = async function* (workshop, options) {
  for (const job of [postgres, duckDb, parquet, parquetMemory, sqlite, arrow]) yield* job(workshop, options)
}
