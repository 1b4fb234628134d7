import type { Places } from '../../http/gate.ts'
import type { QueryInside } from './wake.ts'
import { fromNowSql, leaseSql } from './work-tables.ts'

/** A place, or in how many milliseconds there may be one; undefined where whoever gives one back is to tell. */
export type PlaceAnswer =
  | { readonly isFree: true; readonly hasMore: boolean }
  | { readonly isFree: false; readonly closedMs: number | undefined }

/**
 * How much is asked of a server at once, and when, by all workers: what `Gate` is for one process. A place is held by a
 * lease, so that those of a process that is gone come back.
 */
export class ServerPlaces {
  readonly #server: string
  readonly #places: Places
  readonly #leaseMs: number

  constructor(server: string, places: Places, leaseMs: number) {
    this.#server = server
    this.#places = places
    this.#leaseMs = leaseMs
  }

  async enter(query: QueryInside): Promise<void> {
    await query('INSERT INTO dhis2_worker_servers (server, places) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      this.#server,
      this.#places.start,
    ])
  }

  /** Takes a place of this name, where there is one. */
  async take(query: QueryInside, place: string, holder: string): Promise<PlaceAnswer> {
    const { rows } = await query(
      `SELECT places, ${fromNowSql('closed_until')} AS closed FROM dhis2_worker_servers WHERE server = $1 FOR UPDATE`,
      [this.#server],
    )
    const closedMs = Number(rows[0]!['closed'] ?? 0)
    if (closedMs > 0) return { isFree: false, closedMs: Math.ceil(closedMs) }
    const most = Math.min(Number(rows[0]!['places']), this.#places.max)
    // In a statement of its own, which sees what others have taken before they let go of the row above.
    const taken = await query(
      `INSERT INTO dhis2_worker_places (place, server, holder, lease_until)
       SELECT $1, $2, $3, ${leaseSql(this.#leaseMs)} FROM (
         SELECT count(*)::int AS n FROM dhis2_worker_places WHERE server = $2 AND lease_until >= clock_timestamp()
       ) others WHERE n < $4 RETURNING (SELECT count(*)::int FROM dhis2_worker_places
         WHERE server = $2 AND lease_until >= clock_timestamp()) AS others`,
      [place, this.#server, holder, most],
    )
    const [got] = taken.rows
    if (!got) return { isFree: false, closedMs: undefined }
    return { isFree: true, hasMore: Number(got['others']) + 1 < most }
  }

  /** Removes what processes that are gone had. */
  async tidy(query: QueryInside): Promise<void> {
    await query('DELETE FROM dhis2_worker_places WHERE server = $1 AND lease_until < clock_timestamp()', [
      this.#server,
    ])
  }

  /** Those of this holder that are there still, held for longer. */
  async renew(query: QueryInside, holder: string): Promise<ReadonlySet<string>> {
    const { rows } = await query(
      `UPDATE dhis2_worker_places SET lease_until = ${leaseSql(this.#leaseMs)} WHERE holder = $1 RETURNING place`,
      [holder],
    )
    return new Set(rows.map(({ place }) => String(place)))
  }

  /** A request went well. */
  async raise(query: QueryInside): Promise<void> {
    await query(
      `UPDATE dhis2_worker_servers SET
         well = CASE WHEN well + 1 < places THEN well + 1 ELSE 0 END,
         places = CASE WHEN well + 1 < places THEN places ELSE places + 1 END
       WHERE server = $1 AND places < $2`,
      [this.#server, this.#places.max],
    )
  }

  /** The server is at its end with a request that began so long ago; once for all that were begun before. */
  async lower(query: QueryInside, agoMs: number): Promise<void> {
    await query(
      `UPDATE dhis2_worker_servers SET places = greatest(1, places / 2), well = 0, lowered_at = clock_timestamp()
       WHERE server = $1
         AND (lowered_at IS NULL OR lowered_at < clock_timestamp() - $2::float8 * interval '1 millisecond')`,
      [this.#server, agoMs],
    )
  }

  /** Nobody asks it for so long. */
  async pause(query: QueryInside, ms: number): Promise<void> {
    await query(
      `UPDATE dhis2_worker_servers
       SET closed_until = greatest(closed_until, clock_timestamp() + $2::float8 * interval '1 millisecond')
       WHERE server = $1`,
      [this.#server, ms],
    )
  }
}
