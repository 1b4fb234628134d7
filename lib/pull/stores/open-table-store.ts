import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { ConnectionError, DatasetError, QueryError, UnknownOutcomeError } from '../../errors.ts'
import type { Header } from '../../grid/grid.ts'
import { dayMs, dayOf } from '../../periods/spans.ts'
import type { RowStream } from '../../rows/row-stream.ts'
import { rowsFrom } from '../../rows/rows-from.ts'
import type { LoadSteps, Replaced, Statements } from '../../sinks/load-steps.ts'
import { closed } from '../../streams/closed.ts'
import type { TableColumn } from '../../tables/columns.ts'
import { quoted } from '../../tables/names.ts'
import { definitions } from '../../tables/schema.ts'
import type { Piece, PieceId } from '../piece.ts'
import type { OpenStore, PieceEvent, PieceFacts } from '../store.ts'
import { headersOf } from './headers-of.ts'
import type { Hold } from './hold.ts'
import type { JournalTables, Kept, KnownDataset } from './journal-tables.ts'
import type { TableDatabase } from './table-database.ts'
import { Written } from './written.ts'

/** Holds of runs that have ended here and could not say so, as their connection was gone. */
export const endedHolds = new Set<string>()

/** What a run has found. */
export interface Taken extends Omit<Kept, 'next'> {
  readonly known: KnownDataset
  readonly hold: Hold
  /** How often the hold is renewed where nothing happens, in milliseconds; never, where others do. */
  readonly renewMs?: number
}

/** A dataset in a table that this run holds. Each transaction renews the hold, and fails where another run has taken over. */
export class OpenTableStore implements OpenStore {
  readonly head
  readonly run: number
  readonly readsMetaData = false
  readonly events: readonly PieceEvent[]
  readonly #database: TableDatabase
  readonly #journal: JournalTables
  readonly #hold: Hold
  readonly #table: string
  readonly #written = new Written()
  /** By which columns pieces are found, where the table was made for them. */
  #slice: readonly string[] | undefined
  #made: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #renewing: Promise<void> | undefined
  readonly #timer: NodeJS.Timeout | undefined

  constructor(database: TableDatabase, journal: JournalTables, taken: Taken) {
    const { known, events, written, hold, renewMs } = taken
    const { format, question, plan, run, slice } = known
    this.head = { format, question, plan }
    this.run = run
    this.events = events
    this.#database = database
    this.#journal = journal
    this.#hold = hold
    this.#table = database.names.map(quoted).join('.')
    this.#slice = slice
    for (const { piece, days } of written) this.#written.add(piece, days)
    if (renewMs !== undefined) this.#timer = setInterval(() => this.#renew(), renewMs).unref()
  }

  async write(piece: Piece, rows: RowStream, facts: () => PieceFacts): Promise<PieceFacts> {
    // Whoever waits for its turn lets the server begin its work.
    const headers = await headersOf(rows)
    return this.#inTurn(async () => {
      let number!: number
      let kept!: PieceFacts
      const days = piece.covers ? undefined : piece.days
      const done = async (statements: Statements) => {
        kept = facts()
        await this.#hold.fence(statements)
        number = await this.#hold.next(statements)
        await this.#journal.done(statements, { piece: piece.id, days }, number, kept)
        await this.#hold.kept(statements, { type: 'done', piece: piece.id, facts: kept })
      }
      const before = this.#written.has(piece.id)
      try {
        // An answer has no columns before there was one with rows.
        if (headers.length === 0 && !before) await this.#writeNothing(rows, done)
        else await this.#load(piece, rows, before, done)
      } catch (error) {
        if (!(error instanceof UnknownOutcomeError)) throw error
        await this.#settle(error, piece.id, number)
      }
      if (kept.rowCount > 0) this.#written.add(piece.id, days)
      return kept
    })
  }

  note(event: Exclude<PieceEvent, { type: 'done' }>): Promise<void> {
    return this.#inTurn(async () => {
      let number: number | undefined
      await this.#surely(async (statements) => {
        await this.#hold.fence(statements)
        number ??= await this.#hold.next(statements)
        await this.#journal.note(statements, event, number)
        await this.#hold.kept(statements, event)
      })
    })
  }

  /** Does something of others in a transaction, with the number of what happens next. */
  inside(work: (statements: Statements, number: number) => Promise<void>): Promise<void> {
    return this.#database.transaction(async (statements) => {
      await this.#hold.fence(statements)
      await work(statements, await this.#hold.next(statements))
    })
  }

  async drop(pieces: readonly Piece[]): Promise<void> {
    const columns = this.#columns
    if (!columns) return
    for (const piece of pieces) {
      await this.#inTurn(() =>
        this.#load(piece, rowsFrom(columns, []), true, (statements) => this.#hold.fence(statements)),
      )
    }
  }

  /** Those of the pieces that were there before this run. */
  get #columns(): readonly Header[] | undefined {
    for (const event of this.events)
      if (event.type === 'done' && event.facts.columns) return event.facts.columns
    return undefined
  }

  /** An index takes as long as some of the rows; made behind all of them it is made once. */
  finish(): Promise<void> {
    return this.#inTurn(() =>
      this.#surely(async (statements) => {
        const { dialect, names } = this.#database
        // DuckDB passes over row groups without such rows, and its indexes are held in memory.
        if (this.#slice && dialect !== 'duckdb') {
          const hash = createHash('sha256').update(this.#table).digest('hex').slice(0, 12)
          const index = [...(dialect === 'sqlite' ? names.slice(0, -1) : []), `dhis2_slice_${hash}`]
          const table = dialect === 'sqlite' ? quoted(names.at(-1)!) : this.#table
          await statements.run(
            `CREATE INDEX IF NOT EXISTS ${index.map(quoted).join('.')} ON ${table} (${this.#slice.map(quoted).join(', ')})`,
          )
        }
        await this.#hold.fence(statements)
      }),
    )
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
    const { holder } = this.#hold
    if (holder !== undefined) endedHolds.add(holder)
    await this.#inTurn(() => this.#surely((statements) => this.#hold.release(statements)))
    if (holder !== undefined) endedHolds.delete(holder)
  }

  async #load(piece: Piece, rows: RowStream, isThere: boolean, done: LoadSteps['done']): Promise<void> {
    const { who, names } = this.#database
    const table = names.map(quoted).join('.')
    const replaced = isThere ? this.#replacedBy(piece) : undefined
    const steps: LoadSteps = {
      ready: (columns) => {
        checkCovered(who, piece, columns)
        this.#made ??= this.#make(piece, columns).catch((error: unknown) => {
          this.#made = undefined
          throw error
        })
        return this.#made
      },
      replaced: () => replaced,
      done,
    }
    const sink = this.#database.sink({ table }, steps)
    try {
      await pipeline(rows, sink)
    } finally {
      // It may have to roll back yet, and the table may be about to be made.
      await closed(sink)
      await this.#made?.catch(() => undefined)
    }
  }

  /** @throws DatasetError where nobody knows which rows are those of a piece. */
  #replacedBy({ id, covers, days }: Piece): Replaced {
    // Lists are cut along org units too, which their rows don't tell.
    const other = covers || !days ? undefined : this.#written.beside(id, days)
    if ((!covers && !days) || other !== undefined) {
      throw new DatasetError(
        `Piece ${id} was written before, and which rows are its own is not known` +
          `${other === undefined ? '' : `: piece ${other} has some of the same days`}; begin anew`,
      )
    }
    return {
      slice: covers,
      days: days && { column: days.column, from: days.from, before: dayOf(Date.parse(days.to) + dayMs) },
    }
  }

  async #writeNothing(rows: RowStream, done: LoadSteps['done']): Promise<void> {
    const [row] = await rows.take(1).toArray()
    if (row !== undefined) throw new QueryError(`${this.#database.who}: there are no columns`)
    await this.#database.transaction(done)
  }

  /** The table of the first piece that has columns, unless there is one. */
  #make(piece: Piece, columns: readonly TableColumn[]): Promise<void> {
    const { dialect } = this.#database
    return this.#surely(async (statements) => {
      await this.#hold.fence(statements)
      if (await this.#database.hasTable(statements, this.#table)) return
      const ending = dialect === 'sqlite' ? ' STRICT' : ''
      await statements.run(
        `CREATE TABLE ${this.#table} (${definitions(columns, dialect).join(', ')})${ending}`,
      )
      const slice = [...Object.keys(piece.covers ?? {}), ...(piece.days ? [piece.days.column] : [])]
      if (slice.length === 0) return
      await this.#journal.keepSlice(statements, slice)
      this.#slice = slice
    })
  }

  /** Finds out whether a piece was committed by its mark. */
  async #settle(error: UnknownOutcomeError, piece: PieceId, number: number): Promise<void> {
    if (!this.#database.reconnects) {
      const message = `${error.message}. Run it again; with a Pool in place of the Client it finds out by itself`
      throw new UnknownOutcomeError(message, { table: error.table, cause: error })
    }
    const found = await this.#database.transaction(async (statements) => {
      // Waits for one that is committing still.
      await this.#hold.fence(statements)
      return this.#journal.numberOf(statements, piece)
    })
    if (found === number) return
    throw new ConnectionError(`The connection broke at COMMIT, and nothing of piece ${piece} was kept`, {
      cause: error,
    })
  }

  /** What may be done twice is, where nobody knows whether it was done. */
  async #surely(work: (statements: Statements) => Promise<void>): Promise<void> {
    const database = this.#database
    await database.transaction(work).catch((error: unknown) => {
      if (error instanceof UnknownOutcomeError && database.reconnects) return database.transaction(work)
      throw error
    })
  }

  /** Whoever has lost it is told by what is written next. */
  #renew(): void {
    this.#renewing ??= this.#inTurn(async () => {
      await this.#database.transaction((statements) => this.#hold.fence(statements))
    })
      .catch(() => undefined)
      .finally(() => {
        this.#renewing = undefined
      })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#database.isSerial) return work()
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** Who leaves a condition out deletes what others have written. */
function checkCovered(who: string, { id, covers = {}, days }: Piece, columns: readonly TableColumn[]): void {
  const names = columns.map(({ name }) => name)
  const unknown = [...Object.keys(covers), ...(days ? [days.column] : [])].filter(
    (name) => !names.includes(name),
  )
  if (unknown.length === 0) return
  throw new QueryError(
    `${who}: piece ${id} is told by ${unknown.join(', ')}, which its answer has no column for; it has ${names.join(', ')}`,
  )
}
