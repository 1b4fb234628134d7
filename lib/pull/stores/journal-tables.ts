import { DatasetError } from '../../errors.ts'
import type { Span } from '../../periods/spans.ts'
import type { SqlValue, Statements } from '../../sinks/load-steps.ts'
import { quoted } from '../../tables/names.ts'
import type { PieceId } from '../piece.ts'
import type { DatasetHead, PieceEvent, PieceFacts } from '../store.ts'
import { type Sql, sqlOf } from './sql.ts'
import type { TableDatabase } from './table-database.ts'

/** A dataset as its journal has it. */
export interface KnownDataset extends DatasetHead {
  readonly run: number
  readonly holder: string | null
  readonly heldSince: string | null
  readonly isLeased: boolean
  /** The columns by which pieces are found, where its table was made for it. */
  readonly slice: readonly string[] | undefined
}

/** A piece that has rows, with its days, where it is told by nothing else. */
export interface WrittenPiece {
  readonly piece: PieceId
  readonly days: Span | undefined
}

/** What a journal has of pieces. */
export interface Kept {
  readonly events: readonly PieceEvent[]
  /** The number of what happens next. */
  readonly next: number
  readonly written: readonly WrittenPiece[]
}

/**
 * The journals of the datasets of a schema, in two tables beside theirs: which datasets there are, and what became of
 * their pieces. A piece is a row: what happened to it last, and where it came of others when that was.
 */
export class JournalTables {
  readonly datasets: string
  readonly pieces: string
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
  }

  /** Makes the tables, where there are none. @throws DatasetError where they are of a newer format. */
  async make(statements: Statements): Promise<void> {
    const { text, integer, time } = this.#sql
    const ending = this.#database.dialect === 'sqlite' ? ' STRICT' : ''
    if (await this.isThere(statements)) return
    await statements.run(
      `CREATE TABLE ${this.datasets} (name ${text} PRIMARY KEY, format ${integer} NOT NULL, question ${text} NOT NULL,
        "plan" ${text} NOT NULL, run ${integer} NOT NULL, holder ${text}, held_since ${time}, lease_until ${time},
        slice ${text})${ending}`,
    )
    await statements.run(
      `CREATE TABLE ${this.pieces} (dataset ${text} NOT NULL, piece ${text} NOT NULL, state ${text} NOT NULL,
        number ${integer} NOT NULL, run ${integer}, row_count ${integer}, byte_count ${integer}, answered_at ${time},
        ended_at ${time}, took_ms ${integer}, facts ${text}, split_into ${text}, joined_of ${text},
        joined_number ${integer}, reason ${text}, code ${text}, days_from ${text}, days_to ${text},
        PRIMARY KEY (dataset, piece))${ending}`,
    )
  }

  /** Whether there are the tables. @throws DatasetError where they are of a newer format. */
  async isThere(statements: Statements): Promise<boolean> {
    if (!(await this.#database.hasTable(statements, this.datasets))) return false
    await this.#checkFormat(statements)
    return true
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
    await statements.run(`DELETE FROM ${this.datasets} WHERE name = ?`, [this.#name])
  }

  /** What happened, and under which number; and of which pieces there are rows. */
  async read(statements: Statements): Promise<Kept> {
    const rows = await statements.all(
      `SELECT piece, state, number, row_count, byte_count, facts, split_into, joined_of, joined_number, reason, code,
         days_from, days_to
       FROM ${this.pieces} WHERE dataset = ?`,
      [this.#name],
    )
    const last = new Map(rows.map((row) => [String(row['piece']), row]))
    const numbered = rows.flatMap((row) => eventsOf(row, last)).sort((a, b) => a.number - b.number)
    const written = rows.filter((row) => Number(row['row_count']) > 0).map(writtenOf)
    const next = 1 + (numbered.at(-1)?.number ?? 0)
    return { events: numbered.map(({ event }) => event), next, written }
  }

  /** Under which number something last happened to a piece. */
  async numberOf(statements: Statements, piece: PieceId): Promise<number | undefined> {
    const [row] = await statements.all(`SELECT number FROM ${this.pieces} WHERE dataset = ? AND piece = ?`, [
      this.#name,
      piece,
    ])
    return row && Number(row['number'])
  }

  async done(
    statements: Statements,
    { piece, days }: WrittenPiece,
    number: number,
    facts: PieceFacts,
  ): Promise<void> {
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
      ['days_from', days?.from ?? null],
      ['days_to', days?.to ?? null],
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
        ])
      case 'setAside':
        return this.#keep(statements, event.piece, 'setAside', number, [
          ['reason', event.reason],
          ['code', event.code],
        ])
      case 'plan':
        if (event.question) await this.#ask(statements, event.question)
        return this.#keepEvent(statements, event, number)
      case 'stale':
      case 'dropped':
      case 'seen':
      case 'known':
        return this.#keepEvent(statements, event, number)
      default:
        event satisfies never
    }
  }

  async #ask(statements: Statements, question: DatasetHead['question']): Promise<void> {
    const values = [JSON.stringify(question), this.#name]
    await statements.run(`UPDATE ${this.datasets} SET question = ? WHERE name = ?`, values)
  }

  #keepEvent(statements: Statements, event: PieceEvent, number: number): Promise<void> {
    return this.#keep(statements, `${ofSeveral} ${number}`, ofSeveral, number, [
      ['facts', JSON.stringify(event)],
    ])
  }

  /** What is not said stays as it was. */
  async #keep(
    statements: Statements,
    piece: PieceId,
    state: string,
    number: number,
    told: readonly (readonly [column: string, value: SqlValue, sql?: string])[],
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

/** The state of a row that is no piece, and holds what happened to several, or to the dataset. */
const ofSeveral = 'event'

/**
 * What is left of an event that pieces are stale: those that nothing has happened to since. Of others the journal has only
 * what happened last.
 */
function stillStale(
  event: PieceEvent & { type: 'stale' },
  number: number,
  last: ReadonlyMap<string, Record<string, unknown>>,
): PieceEvent {
  const rows = event.pieces.flatMap((piece) => {
    const row = last.get(piece)
    return row && Number(row['number']) < number ? [row] : []
  })
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0)
  const pieces = rows.map((row) => String(row['piece']))
  return { ...event, pieces, rowCount: sum('row_count'), byteCount: sum('byte_count') }
}

function writtenOf(row: Record<string, unknown>): WrittenPiece {
  const [from, to] = [row['days_from'], row['days_to']]
  const days = from === null ? undefined : { from: String(from), to: String(to) }
  return { piece: String(row['piece']), days }
}

/** A piece that came of others happened twice: when it did, and what became of it. */
function eventsOf(
  row: Record<string, unknown>,
  last: ReadonlyMap<string, Record<string, unknown>>,
): { number: number; event: PieceEvent }[] {
  const piece = String(row['piece'])
  const json = (name: string) => JSON.parse(String(row[name]))
  const events: { number: number; event: PieceEvent }[] = []
  if (row['joined_number'] !== null) {
    const event = { type: 'join', pieces: json('joined_of'), into: piece } as const
    events.push({ number: Number(row['joined_number']), event })
  }
  const number = Number(row['number'])
  switch (row['state']) {
    case 'done':
      events.push({ number, event: { type: 'done', piece, facts: json('facts') } })
      break
    case 'split':
      events.push({ number, event: { type: 'split', piece, into: json('split_into') } })
      break
    case ofSeveral: {
      const event = json('facts') as PieceEvent
      events.push({ number, event: event.type === 'stale' ? stillStale(event, number, last) : event })
      break
    }
    case 'setAside': {
      // Of one that was there before its rows are.
      if (row['facts'] !== null) {
        const facts = json('facts') as PieceFacts
        const { rowCount, byteCount } = facts
        const why = 'it was to be asked for again'
        events.push({ number: number - 0.6, event: { type: 'done', piece, facts } })
        events.push({
          number: number - 0.3,
          event: { type: 'stale', pieces: [piece], why, rowCount, byteCount },
        })
      }
      const [reason, code] = [String(row['reason']), String(row['code'])]
      events.push({ number, event: { type: 'setAside', piece, reason, code } })
    }
  }
  return events
}
