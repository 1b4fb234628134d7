import { randomUUID } from 'node:crypto'
import { DatasetError, UnknownOutcomeError } from '../../errors.ts'
import type { Statements } from '../../sinks/load-steps.ts'
import { quoted } from '../../tables/names.ts'
import { checkQuestion } from '../journal/question.ts'
import { type Holder, mayBeAlive, seenHolder, thisProcess } from '../journal/this-process.ts'
import { Holdings } from '../refresh/holdings.ts'
import type { DatasetHead, PieceEvent, PieceStore, SeenDataset } from '../store.ts'
import { ownHold } from './hold.ts'
import { JournalTables, type KnownDataset } from './journal-tables.ts'
import { endedHolds, OpenTableStore } from './open-table-store.ts'
import type { TableDatabase } from './table-database.ts'

/** A dataset in a table, beside which lies its journal. */
export class TableStore implements PieceStore {
  readonly database: TableDatabase
  readonly journal: JournalTables
  readonly #replace: boolean
  readonly #leaseSeconds: number

  /** `replace` is whether what the table has may go where it is none of this dataset. A hold that nobody renews runs out. */
  constructor(database: TableDatabase, replace: boolean, leaseSeconds = 120) {
    this.database = database
    this.journal = new JournalTables(database, leaseSeconds)
    this.#replace = replace
    this.#leaseSeconds = leaseSeconds
  }

  async open(head: DatasetHead, signal: AbortSignal): Promise<OpenTableStore> {
    signal.throwIfAborted()
    const holder = JSON.stringify(thisProcess(randomUUID()))
    const database = this.database
    const open = () => database.transaction((statements) => this.#take(statements, head, holder))
    const taken = await open().catch((error: unknown) => {
      // It finds its own hold, or takes it.
      if (error instanceof UnknownOutcomeError && database.reconnects) return open()
      throw error
    })
    const hold = ownHold(this.journal, holder, taken.next)
    return new OpenTableStore(database, this.journal, { ...taken, hold, renewMs: this.#leaseSeconds * 250 })
  }

  look(): Promise<SeenDataset | undefined> {
    const { journal } = this
    return this.database.transaction(async (statements) => {
      const known = (await journal.isThere(statements)) ? await journal.find(statements) : undefined
      if (!known) return undefined
      const { format, question, plan, run, holder, heldSince, isLeased } = known
      const { events } = await journal.read(statements)
      const isHeld = holder !== null && isLeased
      const heldBy =
        isHeld && !isShared(holder) ? seenHolder(JSON.parse(holder) as Holder, heldSince!) : undefined
      return { head: { format, question, plan }, runCount: run, events, heldBy }
    })
  }

  async #take(statements: Statements, head: DatasetHead, holder: string) {
    const journal = this.journal
    await this.database.lock?.(statements)
    await journal.make(statements)
    let known = await journal.find(statements)
    if (known && known.holder !== holder) {
      checkFree(known)
      await journal.take(statements, known.run + 1, holder)
      known = { ...known, run: known.run + 1 }
    }
    // Behind what the one before was about to commit.
    const kept = await journal.read(statements)
    const { sql, hasRows, isThere } = await this.#look(statements)
    const conflict = known
      ? (ofAnother(known, head) ?? ofLostRows(kept.events, sql, hasRows))
      : ofOthers(sql, hasRows)
    if (conflict && !this.#replace) throw conflict
    if (known && !conflict) return { known, ...kept }
    if (isThere && conflict) await statements.run(`DROP TABLE ${sql}`)
    await journal.forget(statements)
    await journal.begin(statements, head, holder)
    return { known: (await journal.find(statements))!, events: [], next: 1, written: [] }
  }

  async #look(statements: Statements): Promise<{ sql: string; hasRows: boolean; isThere: boolean }> {
    const sql = this.database.names.map(quoted).join('.')
    const isThere = await this.database.hasTable(statements, sql)
    const rows = isThere ? await statements.all(`SELECT 1 AS one FROM ${sql} LIMIT 1`) : []
    return { sql, hasRows: rows.length > 0, isThere }
  }
}

/** What stands for workers, in the place of a process. */
export function sharedHolder(id: string): string {
  return JSON.stringify({ workers: id })
}

function isShared(holder: string): boolean {
  return 'workers' in JSON.parse(holder)
}

/** @throws DatasetError where another run has it, which may be alive. */
function checkFree({ holder, heldSince, isLeased }: KnownDataset): void {
  if (holder === null || !isLeased || endedHolds.has(holder)) return
  if (isShared(holder)) {
    throw new DatasetError(
      `Workers have this dataset since ${heldSince}; wait for them, with pullReport(). ` +
        'Where none of them runs any more, their hold runs out within two minutes',
      { heldSince: heldSince! },
    )
  }
  const { pid, host, ...process } = JSON.parse(holder) as Holder
  if (!mayBeAlive({ pid, host, ...process })) return
  throw new DatasetError(
    `Another run has this dataset since ${heldSince}: process ${pid} on ${host}; wait for it. ` +
      'If that machine is gone, its hold runs out within two minutes',
    { heldSince: heldSince! },
  )
}

function ofAnother(known: DatasetHead, asked: DatasetHead): Error | undefined {
  try {
    checkQuestion(known.question, asked)
    return undefined
  } catch (error) {
    return error as Error
  }
}

function ofOthers(sql: string, hasRows: boolean): Error | undefined {
  if (!hasRows) return undefined
  return new DatasetError(
    `The table ${sql} has rows, and none of them are of this dataset; name another table, empty it, ` +
      'or say replace: true where it may go with all it has',
  )
}

/** Of pieces that a new plan has dropped nothing need be there any more. */
function ofLostRows(events: readonly PieceEvent[], sql: string, hasRows: boolean): Error | undefined {
  if (hasRows) return undefined
  const { leaves, stale } = new Holdings(events)
  const rowCount = [...leaves.values(), ...stale.values()].reduce((sum, leaf) => sum + leaf.rowCount, 0)
  if (rowCount === 0) return undefined
  return new DatasetError(
    `The table ${sql} is gone or empty, and this dataset had put ${rowCount} rows into it; ` +
      'say replace: true to begin anew',
  )
}
