import { randomUUID } from 'node:crypto'
import type { Statements } from '../../sinks/load-steps.ts'
import type { Plan } from '../piece.ts'
import { shareOf } from '../run/piece-id.ts'
import type { Sizes } from '../run/sizes.ts'
import type { JournalTables } from '../stores/journal-tables.ts'
import type { ServerPlaces } from './places.ts'
import { insideOf, type QueryInside } from './wake.ts'
import { type Claim, positions, type SharedHold } from './work.ts'
import { leaseSql } from './work-tables.ts'

/** What a claim is made with. */
export interface ClaimParts {
  readonly run: string
  /** This process. */
  readonly holder: string
  readonly leaseMs: number
  readonly hold: SharedHold
  readonly journal: JournalTables
  readonly places: ServerPlaces
  readonly plan: Plan
  readonly sizes: Sizes
  readonly wake: (query: QueryInside, afterMs: number) => Promise<unknown>
}

export interface Claimed extends Claim {
  readonly kind: 'piece' | 'end'
  /** How many workers were gone before they had done it. */
  readonly lostCount: number
  /** How many pieces the run has done so far. */
  readonly done: number
}

/** How soon it is looked again for a place that others have, in milliseconds. */
const busyMs = 500

const isFree = '(lease_until IS NULL OR lease_until < clock_timestamp())'

/**
 * Takes the work that comes first, and a place to ask the server from: both, or neither. Where there is more of both,
 * another worker is woken; where there is no place, whoever gives one back does that, or a job that comes later.
 */
export async function claimNext(statements: Statements, parts: ClaimParts): Promise<Claimed | undefined> {
  const { run, holder, hold, places, wake } = parts
  const query = insideOf(statements)
  await hold.fence(statements)
  const found = await query(
    `SELECT piece, kind, first, last FROM dhis2_worker_work WHERE run = $1 AND ${isFree} ORDER BY position LIMIT 1`,
    [run],
  )
  const row = found.rows[0]
  if (!row) return undefined
  const place = randomUUID()
  const answer = await places.take(query, place, holder)
  if (!answer.isFree) {
    if (answer.closedMs !== undefined) await wake(query, answer.closedMs)
    else if ((await otherWork(query, run, '')).underway === 0) await wake(query, busyMs)
    return undefined
  }
  const piece =
    row['kind'] === 'free'
      ? await begin(statements, parts, String(row['piece']), Number(row['first']), Number(row['last']))
      : String(row['piece'])
  const { rows } = await query(
    `UPDATE dhis2_worker_work SET attempt = attempt + 1, holder = $3, lease_until = ${leaseSql(parts.leaseMs)},
       lost = CASE WHEN lease_until IS NULL THEN 0 ELSE lost + 1 END
     WHERE run = $1 AND piece = $2 RETURNING attempt, tries, done_before, lost`,
    [run, piece, holder],
  )
  const { attempt, tries, done_before: doneBefore, lost } = rows[0]!
  const { free, done } = await otherWork(query, run, piece)
  if (answer.hasMore && free > 0) await wake(query, 0)
  return {
    piece,
    kind: row['kind'] === 'end' ? 'end' : 'piece',
    attempt: Number(attempt),
    tries: Number(tries),
    doneBefore: doneBefore === null ? undefined : Number(doneBefore),
    lostCount: Number(lost),
    place,
    done,
    requestCount: 0,
    wentWell: false,
    removes: undefined,
    lost: new AbortController(),
  }
}

/** How many rows of work are nobody's, and how many somebody's, beside this; and how many pieces are done. */
export async function otherWork(
  query: QueryInside,
  run: string,
  piece: string,
): Promise<{ free: number; underway: number; done: number }> {
  const { rows } = await query(
    `SELECT count(*) FILTER (WHERE ${isFree})::int AS free, count(*) FILTER (WHERE NOT ${isFree})::int AS underway,
       (SELECT done FROM dhis2_worker_runs WHERE run = $1) AS done
     FROM dhis2_worker_work WHERE run = $1 AND piece <> $2`,
    [run, piece],
  )
  const { free, underway, done } = rows[0]!
  return { free: Number(free), underway: Number(underway), done: Number(done) }
}

/** Makes a piece of some that the plan starts with: as many as its group has learnt to ask for at once. */
async function begin(
  statements: Statements,
  { run, hold, journal, plan, sizes }: ClaimParts,
  range: string,
  first: number,
  last: number,
): Promise<string> {
  const query = insideOf(statements)
  const { group } = plan.piece(String(first))
  const count = Math.min(last - first + 1, Math.max(1, Math.floor(sizes.of(group))))
  const { id } = plan.joined(first, count)
  const end = first + shareOf(id)
  if (end > last) await query('DELETE FROM dhis2_worker_work WHERE run = $1 AND piece = $2', [run, range])
  else {
    await query('UPDATE dhis2_worker_work SET first = $3, position = $4 WHERE run = $1 AND piece = $2', [
      run,
      range,
      end,
      positions.free(end),
    ])
  }
  await query('INSERT INTO dhis2_worker_work (run, piece, kind, position) VALUES ($1, $2, $3, $4)', [
    run,
    id,
    'piece',
    positions.free(first),
  ])
  if (end - first > 1) {
    const pieces = Array.from({ length: end - first }, (_, at) => String(first + at))
    await journal.note(statements, { type: 'join', pieces, into: id }, await hold.next(statements))
  }
  return id
}
