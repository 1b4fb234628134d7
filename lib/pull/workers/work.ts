import type { Statements } from '../../sinks/load-steps.ts'
import { quoted } from '../../tables/names.ts'
import type { PieceEvent } from '../store.ts'
import type { Hold } from '../stores/hold.ts'
import type { JournalTables } from '../stores/journal-tables.ts'
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
  readonly #wake: (query: QueryInside, afterMs: number) => Promise<unknown>

  /** `claims` are those of this process, by piece; `holder` has the dataset. */
  constructor(
    journal: JournalTables,
    holder: string,
    run: string,
    table: string,
    claims: ReadonlyMap<string, Claim>,
    wake: (query: QueryInside, afterMs: number) => Promise<unknown>,
  ) {
    this.#journal = journal
    this.#holder = holder
    this.#run = run
    this.#table = table
    this.#claims = claims
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
        const claim = await this.#end(query, event.piece)
        await query('DELETE FROM dhis2_worker_places WHERE place = $1', [claim.place])
        await query('UPDATE dhis2_worker_runs SET done = done + 1, requests = requests + $2 WHERE run = $1', [
          this.#run,
          claim.requestCount,
        ])
        return this.#goOn(query)
      }
      case 'split': {
        const number = await this.next(statements)
        const { removes } = await this.#end(query, event.piece)
        if (removes) await this.#remove(statements, event.piece, removes)
        for (const [at, piece] of event.into.entries()) {
          await query('INSERT INTO dhis2_worker_work (run, piece, kind, position) VALUES ($1, $2, $3, $4)', [
            this.#run,
            piece,
            'piece',
            positions.atOnce(number, at),
          ])
        }
        return this.#goOn(query)
      }
      case 'setAside':
        await this.#end(query, event.piece)
        return this.#goOn(query)
    }
  }

  async release(): Promise<void> {}

  /** In the same transaction, as others write the parts from then on. */
  async #remove(
    statements: Statements,
    piece: string,
    covers: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> {
    const conditions = Object.keys(covers).map((name, at) => `${quoted(name)} = ANY($${at + 1})`)
    await insideOf(statements)(
      `DELETE FROM ${this.#table} WHERE ${conditions.join(' AND ')}`,
      Object.values(covers),
    )
    await this.#journal.dropped(statements, piece)
  }

  /** Whoever has taken it since has counted its attempt up. @throws LostError */
  async #end(query: QueryInside, piece: string): Promise<Claim> {
    const claim = this.#claims.get(piece)!
    const { rowCount } = await query(
      'DELETE FROM dhis2_worker_work WHERE run = $1 AND piece = $2 AND attempt = $3',
      [this.#run, piece, claim.attempt],
    )
    if (rowCount === 1) return claim
    throw new LostError(`Another worker has piece ${piece}`)
  }

  /** Behind the last piece comes the end. */
  async #goOn(query: QueryInside): Promise<void> {
    await query(
      `INSERT INTO dhis2_worker_work (run, piece, kind, position)
       SELECT $1, 'end', 'end', $2 WHERE NOT EXISTS (SELECT FROM dhis2_worker_work WHERE run = $1)`,
      [this.#run, positions.end],
    )
    const { rows } = await query(
      `SELECT 1 AS one FROM dhis2_worker_work
       WHERE run = $1 AND (lease_until IS NULL OR lease_until < clock_timestamp()) LIMIT 1`,
      [this.#run],
    )
    if (rows.length > 0) await this.#wake(query, 0)
  }
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
