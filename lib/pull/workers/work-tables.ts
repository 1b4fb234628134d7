import type { QueryInside } from './wake.ts'

/**
 * What workers share, in the default schema of their connections, so that each finds it without being told of a table: the
 * runs, what is left of them to do, the servers that are asked and how many requests they have at once.
 *
 * Work is a row as long as it is to do: a piece (`piece`), pieces that the plan starts with and nobody has begun (`free`,
 * from `first` to `last`), or what comes behind all of them (`end`). Whoever takes it counts its attempt up.
 */
const tables = `
  CREATE TABLE IF NOT EXISTS dhis2_worker_runs (
    run text PRIMARY KEY, server text NOT NULL, holder text NOT NULL, begun_at timestamptz NOT NULL,
    next_number bigint NOT NULL, done bigint NOT NULL, requests bigint NOT NULL, settings text NOT NULL,
    report text, failure text, ended_at timestamptz);
  CREATE TABLE IF NOT EXISTS dhis2_worker_work (
    run text NOT NULL, piece text NOT NULL, kind text NOT NULL, position bigint NOT NULL, first bigint, last bigint,
    tries int NOT NULL DEFAULT 0, done_before bigint, attempt bigint NOT NULL DEFAULT 0, lost int NOT NULL DEFAULT 0,
    holder text, lease_until timestamptz, PRIMARY KEY (run, piece));
  CREATE INDEX IF NOT EXISTS dhis2_worker_work_order ON dhis2_worker_work (run, position);
  CREATE TABLE IF NOT EXISTS dhis2_worker_servers (
    server text PRIMARY KEY, places int NOT NULL, well int NOT NULL DEFAULT 0, closed_until timestamptz,
    lowered_at timestamptz);
  CREATE TABLE IF NOT EXISTS dhis2_worker_places (
    place text PRIMARY KEY, server text NOT NULL, holder text NOT NULL, lease_until timestamptz NOT NULL)`

/** Makes them where there are none; once at a time. */
export async function makeWorkTables(query: QueryInside): Promise<void> {
  await query("SELECT pg_advisory_xact_lock(hashtextextended('dhis2-analytics-stream workers', 0))")
  const { rows } = await query("SELECT to_regclass('dhis2_worker_places') IS NOT NULL AS is")
  if (rows[0]!['is'] === true) return
  for (const table of tables.split(';')) await query(table)
}

/** When a hold that begins now ends. */
export function leaseSql(leaseMs: number): string {
  return `clock_timestamp() + interval '${leaseMs} milliseconds'`
}

/** Milliseconds from now to a time. */
export function fromNowSql(column: string): string {
  return `(extract(epoch from ${column} - clock_timestamp()) * 1000)::float8`
}
