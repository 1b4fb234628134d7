import type { Statements } from '../../sinks/load-steps.ts'
import { quoted } from '../../tables/names.ts'
import type { PieceEvent } from '../store.ts'
import type { Hold } from '../stores/hold.ts'
import type { JournalTables } from '../stores/journal-tables.ts'
import type { ServerPlaces } from './places.ts'
import { insideOf, type QueryInside } from './wake.ts'
import { leaseSql } from './work-tables.ts'

/** Work that this process has taken. */
export interface Claim {
  readonly piece: string
  readonly attempt: number
  readonly place: string
  readonly tries: number
  readonly doneBefore: number | undefined
  /** Requests that it took so far and that were not counted. */
  requestCount: number
  /** Whether it was answered soon. */
  wentWell: boolean
  /** What rows go with it where it is cut: those of before it was stale, by column. */
  removes: Readonly<Record<string, readonly string[]>> | undefined
  /** Aborted where it is no longer this process's. */
  readonly lost: AbortController
}

/** Work was taken over by another, or the run was: nothing that comes now is kept. */
export class LostError extends Error {
  override readonly name = 'LostError'
}

/** Where work is among that of its run: lower comes first. */
export const positions = {
  /** Parts come at once, in their order. */
  atOnce: (number: number, index = 0) => -number * 10_000 + index,
  behindAll: (number: number) => 1e12 + number,
  free: (first: number) => 1e15 + first,
  end: 2e15,
}

/** A statement that waits this long inside of a transaction has lost its process, and lets the others go on. */
const mostIdleMs = 30_000

/**
 * What is left to do of a run, as a worker changes it: always in the transaction that keeps what happened, and behind a
 * fence that lets one worker at a time through.
 */
export class SharedHold implements Hold {
  readonly #journal: JournalTables
  readonly #holder: string
  readonly #run: string
  /** In SQL. */
  readonly #table: string
  readonly #claims: ReadonlyMap<string, Claim>
  readonly #places: ServerPlaces
  readonly #wake: (query: QueryInside, afterMs: number) => Promise<unknown>

  /** `claims` are those of this process, by piece; `holder` has the dataset. */
  constructor(
    journal: JournalTables,
    holder: string,
    run: string,
    table: string,
    claims: ReadonlyMap<string, Claim>,
    places: ServerPlaces,
    wake: (query: QueryInside, afterMs: number) => Promise<unknown>,
  ) {
    this.#journal = journal
    this.#holder = holder
    this.#run = run
    this.#table = table
    this.#claims = claims
    this.#places = places
    this.#wake = wake
  }

  async fence(statements: Statements): Promise<void> {
    await insideOf(statements)(
      `SELECT set_config('idle_in_transaction_session_timeout', '${mostIdleMs}', true)`,
    )
    if (await this.#journal.renew(statements, this.#holder)) return
    throw new LostError('The workers have this dataset no more')
  }

  async next(statements: Statements): Promise<number> {
    const { rows } = await insideOf(statements)(
      'UPDATE dhis2_worker_runs SET next_number = next_number + 1 WHERE run = $1 RETURNING next_number',
      [this.#run],
    )
    return Number(rows[0]!['next_number'])
  }

  async kept(statements: Statements, event: PieceEvent): Promise<void> {
    const query = insideOf(statements)
    switch (event.type) {
      case 'done': {
        const claim = this.#claims.get(event.piece)!
        const { rows } = await query(
          `WITH gone AS (
             DELETE FROM dhis2_worker_work WHERE run = $1 AND piece = $2 AND attempt = $3 RETURNING 1
           ), given AS (DELETE FROM dhis2_worker_places WHERE place = $4
           ), counted AS (UPDATE dhis2_worker_runs SET done = done + 1, requests = requests + $5 WHERE run = $1)
           SELECT count(*)::int AS n FROM gone`,
          [this.#run, claim.piece, claim.attempt, claim.place, claim.requestCount],
        )
        if (rows[0]!['n'] !== 1) throw lostTo(event.piece)
        if (claim.wentWell) await this.#places.raise(query)
        return this.#addEnd(query)
      }
      case 'split': {
        const number = await this.next(statements)
        const { removes } = await this.#end(query, event.piece)
        if (removes) await this.#remove(query, removes)
        for (const [at, piece] of event.into.entries()) {
          await query('INSERT INTO dhis2_worker_work (run, piece, kind, position) VALUES ($1, $2, $3, $4)', [
            this.#run,
            piece,
            'piece',
            positions.atOnce(number, at),
          ])
        }
        await this.#wake(query, 0)
        return
      }
      case 'setAside':
        await this.#end(query, event.piece)
        return this.#addEnd(query)
    }
  }

  async release(): Promise<void> {}

  /** In the same transaction, as others write the parts from then on. */
  async #remove(query: QueryInside, covers: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const conditions = Object.keys(covers).map((name, at) => `${quoted(name)} = ANY($${at + 1})`)
    await query(`DELETE FROM ${this.#table} WHERE ${conditions.join(' AND ')}`, Object.values(covers))
  }

  /** Whoever has taken it since has counted its attempt up. @throws LostError */
  async #end(query: QueryInside, piece: string): Promise<Claim> {
    const claim = this.#claims.get(piece)!
    const { rowCount } = await query(
      'DELETE FROM dhis2_worker_work WHERE run = $1 AND piece = $2 AND attempt = $3',
      [this.#run, piece, claim.attempt],
    )
    if (rowCount === 1) return claim
    throw lostTo(piece)
  }

  /** Behind the last piece comes the end. */
  async #addEnd(query: QueryInside): Promise<void> {
    const { rowCount } = await query(
      `INSERT INTO dhis2_worker_work (run, piece, kind, position)
       SELECT $1, 'end', 'end', $2 WHERE NOT EXISTS (SELECT FROM dhis2_worker_work WHERE run = $1)`,
      [this.#run, positions.end],
    )
    if (rowCount === 1) await this.#wake(query, 0)
  }
}

function lostTo(piece: string): LostError {
  return new LostError(`Another worker has piece ${piece}`)
}

/** Puts work back, which nobody has then; false where it was no longer this process's. */
export async function putBack(
  query: QueryInside,
  run: string,
  { piece, attempt }: Claim,
  to: {
    readonly tries: number
    readonly doneBefore: number | undefined
    readonly position: number | undefined
  },
): Promise<boolean> {
  const { rowCount } = await query(
    `UPDATE dhis2_worker_work SET holder = NULL, lease_until = NULL, tries = $4, done_before = $5,
       position = coalesce($6, position)
     WHERE run = $1 AND piece = $2 AND attempt = $3`,
    [run, piece, attempt, to.tries, to.doneBefore ?? null, to.position ?? null],
  )
  return rowCount === 1
}

/** The work of this process that is its own still, held for longer: `piece attempt`. */
export async function renewWork(
  query: QueryInside,
  run: string,
  holder: string,
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await query(
    `UPDATE dhis2_worker_work SET lease_until = ${leaseSql(leaseMs)}
     WHERE run = $1 AND holder = $2 RETURNING piece, attempt`,
    [run, holder],
  )
  return new Set(rows.map(({ piece, attempt }) => `${piece} ${attempt}`))
}
