import { DatasetError } from '../../errors.ts'
import type { Statements } from '../../sinks/load-steps.ts'
import { quoted } from '../../tables/names.ts'
import type { PieceId } from '../piece.ts'
import type { DatasetHead, PieceEvent, PieceFacts } from '../store.ts'
import { eventsIn } from './journal-rows.ts'
import { type Sql, sqlOf } from './sql.ts'
import type { TableDatabase } from './table-database.ts'

/** How many pieces a statement names. */
const mostAtOnce = 500

/** A dataset as its journal has it. */
export interface KnownDataset extends DatasetHead {
  readonly run: number
  readonly holder: string | null
  readonly heldSince: string | null
  readonly isLeased: boolean
  /** The columns by which pieces are found, where its table was made for it. */
  readonly slice: readonly string[] | undefined
}

/**
 * The journals of the datasets of a schema, in three tables beside theirs: which datasets there are, what became of their
 * pieces, and what happened besides. A piece is a row: what happened to it last, and where it came of others, or is stale,
 * when that was.
 */
export class JournalTables {
  readonly datasets: string
  readonly pieces: string
  readonly others: string
  readonly #database: TableDatabase
  readonly #name: string
  readonly #sql: Sql
  /** When a hold that begins now ends, in SQL. */
  readonly #until: string

  /** A hold lasts so many seconds, where nobody renews it. */
  constructor(database: TableDatabase, leaseSeconds: number) {
    const { names, dialect } = database
    const sqlName = (name: string) => [...names.slice(0, -1), name].map(quoted).join('.')
    this.#database = database
    // The others take upper and lower case for the same.
    this.#name = dialect === 'postgres' ? names.at(-1)! : names.at(-1)!.toLowerCase()
    this.#sql = sqlOf[dialect]
    this.#until = this.#sql.later(leaseSeconds)
    this.datasets = sqlName('dhis2_datasets')
    this.pieces = sqlName('dhis2_pieces')
    this.others = sqlName('dhis2_events')
  }

  /** Makes the tables, where there are none. @throws DatasetError where they are of a newer format. */
  async make(statements: Statements): Promise<void> {
    const { text, integer, time } = this.#sql
    const ending = this.#database.dialect === 'sqlite' ? ' STRICT' : ''
    if (await this.#database.hasTable(statements, this.datasets)) return this.#checkFormat(statements)
    await statements.run(
      `CREATE TABLE ${this.datasets} (name ${text} PRIMARY KEY, format ${integer} NOT NULL, question ${text} NOT NULL,
        "plan" ${text} NOT NULL, run ${integer} NOT NULL, holder ${text}, held_since ${time}, lease_until ${time},
        slice ${text})${ending}`,
    )
    await statements.run(
      `CREATE TABLE ${this.pieces} (dataset ${text} NOT NULL, piece ${text} NOT NULL, state ${text} NOT NULL,
        number ${integer} NOT NULL, run ${integer}, row_count ${integer}, byte_count ${integer}, answered_at ${time},
        ended_at ${time}, took_ms ${integer}, facts ${text}, done_number ${integer}, split_into ${text},
        joined_of ${text}, joined_number ${integer}, stale_number ${integer}, stale_why ${text}, reason ${text},
        code ${text}, PRIMARY KEY (dataset, piece))${ending}`,
    )
    await statements.run(
      `CREATE TABLE ${this.others} (dataset ${text} NOT NULL, number ${integer} NOT NULL, event ${text} NOT NULL,
        PRIMARY KEY (dataset, number))${ending}`,
    )
  }

  async #checkFormat(statements: Statements): Promise<void> {
    const [found] = await statements.all(`SELECT max(format) AS newest FROM ${this.datasets}`)
    const newest = Number(found!['newest'])
    if (newest <= 1) return
    throw new DatasetError(
      `${this.datasets} is of format ${newest}, and this version of the package knows 1; take the one that wrote it`,
    )
  }

  async find(statements: Statements): Promise<KnownDataset | undefined> {
    const { now, iso } = this.#sql
    const [row] = await statements.all(
      `SELECT question, "plan", run, holder, ${iso('held_since')} AS held_since, slice,
         CASE WHEN lease_until > ${now} THEN 1 ELSE 0 END AS is_leased
       FROM ${this.datasets} WHERE name = ?`,
      [this.#name],
    )
    if (!row) return undefined
    return {
      format: 1,
      question: JSON.parse(String(row['question'])),
      plan: JSON.parse(String(row['plan'])),
      run: Number(row['run']),
      holder: row['holder'] as string | null,
      heldSince: row['held_since'] as string | null,
      isLeased: Number(row['is_leased']) === 1,
      slice: row['slice'] ? JSON.parse(String(row['slice'])) : undefined,
    }
  }

  /** Begins a dataset, which this holder has. */
  async begin(statements: Statements, { question, plan }: DatasetHead, holder: string): Promise<void> {
    const { now } = this.#sql
    await statements.run(
      `INSERT INTO ${this.datasets} (name, format, question, "plan", run, holder, held_since, lease_until)
       VALUES (?, 1, ?, ?, 1, ?, ${now}, ${this.#until})`,
      [this.#name, JSON.stringify(question), JSON.stringify(plan), holder],
    )
  }

  /** Gives a dataset that is there to this holder. Waits for what others are about to commit. */
  async take(statements: Statements, run: number, holder: string): Promise<void> {
    const { now } = this.#sql
    await statements.run(
      `UPDATE ${this.datasets} SET run = ?, holder = ?, held_since = ${now}, lease_until = ${this.#until}
       WHERE name = ?`,
      [run, holder, this.#name],
    )
  }

  /** False where this holder has it no more. Nobody takes it from then on until the transaction ends. */
  async renew(statements: Statements, holder: string): Promise<boolean> {
    const changed = await statements.run(
      `UPDATE ${this.datasets} SET lease_until = ${this.#until} WHERE name = ? AND holder = ?`,
      [this.#name, holder],
    )
    return changed === 1
  }

  async release(statements: Statements, holder: string): Promise<void> {
    await statements.run(
      `UPDATE ${this.datasets} SET holder = NULL, held_since = NULL, lease_until = NULL WHERE name = ? AND holder = ?`,
      [this.#name, holder],
    )
  }

  async keepSlice(statements: Statements, slice: readonly string[]): Promise<void> {
    await statements.run(`UPDATE ${this.datasets} SET slice = ? WHERE name = ?`, [
      JSON.stringify(slice),
      this.#name,
    ])
  }

  async forget(statements: Statements): Promise<void> {
    await statements.run(`DELETE FROM ${this.pieces} WHERE dataset = ?`, [this.#name])
    await statements.run(`DELETE FROM ${this.others} WHERE dataset = ?`, [this.#name])
    await statements.run(`DELETE FROM ${this.datasets} WHERE name = ?`, [this.#name])
  }

  /** What happened, and under which number; of which pieces there are rows, and how many. */
  async read(
    statements: Statements,
  ): Promise<{ events: PieceEvent[]; next: number; written: PieceId[]; rowCount: number }> {
    const pieces = await statements.all(
      `SELECT piece, state, number, row_count, facts, done_number, split_into, joined_of, joined_number, stale_number,
         stale_why, reason, code
       FROM ${this.pieces} WHERE dataset = ?`,
      [this.#name],
    )
    const others = await statements.all(`SELECT number, event FROM ${this.others} WHERE dataset = ?`, [
      this.#name,
    ])
    const numbered = eventsIn(pieces, others)
    const written = pieces.filter((row) => Number(row['row_count']) > 0)
    return {
      events: numbered.map(({ event }) => event),
      next: (numbered.at(-1)?.number ?? 0) + 1,
      written: written.map((row) => String(row['piece'])),
      rowCount: written.reduce((sum, row) => sum + Number(row['row_count']), 0),
    }
  }

  /** Under which number something last happened to a piece. */
  async numberOf(statements: Statements, piece: PieceId): Promise<number | undefined> {
    const [row] = await statements.all(`SELECT number FROM ${this.pieces} WHERE dataset = ? AND piece = ?`, [
      this.#name,
      piece,
    ])
    return row && Number(row['number'])
  }

  async done(statements: Statements, piece: PieceId, number: number, facts: PieceFacts): Promise<void> {
    const { rowCount, byteCount, answeredAt, endedAt, tookMs, run } = facts
    const { timeValue } = this.#sql
    await this.#keep(statements, piece, 'done', number, [
      ['run', run],
      ['row_count', rowCount],
      ['byte_count', byteCount],
      ['answered_at', answeredAt, timeValue],
      ['ended_at', endedAt, timeValue],
      ['took_ms', Math.round(tookMs)],
      ['facts', JSON.stringify(facts)],
      ['done_number', number],
      ['stale_number', null],
    ])
  }

  async note(
    statements: Statements,
    event: Exclude<PieceEvent, { type: 'done' }>,
    number: number,
  ): Promise<void> {
    switch (event.type) {
      case 'join':
        return this.#keep(statements, event.into, 'joined', number, [
          ['joined_of', JSON.stringify(event.pieces)],
          ['joined_number', number],
        ])
      case 'split':
        return this.#keep(statements, event.piece, 'split', number, [
          ['split_into', JSON.stringify(event.into)],
          ['stale_number', null],
        ])
      case 'setAside':
        return this.#keep(statements, event.piece, 'setAside', number, [
          ['reason', event.reason],
          ['code', event.code],
        ])
      case 'stale':
        return this.#noteStale(statements, event, number)
      case 'plan':
      case 'dropped':
      case 'seen':
      case 'known':
        await statements.run(`INSERT INTO ${this.others} (dataset, number, event) VALUES (?, ?, ?)`, [
          this.#name,
          number,
          JSON.stringify(event),
        ])
        return
      default:
        event satisfies never
    }
  }

  /** Its rows are gone. */
  async dropped(statements: Statements, piece: PieceId): Promise<void> {
    await statements.run(`UPDATE ${this.pieces} SET row_count = 0 WHERE dataset = ? AND piece = ?`, [
      this.#name,
      piece,
    ])
  }

  async #noteStale(
    statements: Statements,
    { pieces, why }: PieceEvent & { type: 'stale' },
    number: number,
  ): Promise<void> {
    for (let at = 0; at < pieces.length; at += mostAtOnce) {
      const some = pieces.slice(at, at + mostAtOnce)
      await statements.run(
        `UPDATE ${this.pieces} SET state = 'stale', number = ?, stale_number = ?, stale_why = ?
         WHERE dataset = ? AND piece IN (${some.map(() => '?').join(', ')})`,
        [number, number, why, this.#name, ...some],
      )
    }
  }

  /** What is not said stays as it was. */
  async #keep(
    statements: Statements,
    piece: PieceId,
    state: string,
    number: number,
    told: readonly (readonly [column: string, value: string | number | null, sql?: string])[],
  ): Promise<void> {
    const columns = ['dataset', 'piece', 'state', 'number', ...told.map(([column]) => column)]
    const values = ['?', '?', '?', '?', ...told.map(([, , sql = '?']) => sql)]
    const changes = columns.slice(2).map((column) => `${column} = excluded.${column}`)
    await statements.run(
      `INSERT INTO ${this.pieces} (${columns.join(', ')}) VALUES (${values.join(', ')})
       ON CONFLICT (dataset, piece) DO UPDATE SET ${changes.join(', ')}`,
      [this.#name, piece, state, number, ...told.map(([, value]) => value)],
    )
  }
}
