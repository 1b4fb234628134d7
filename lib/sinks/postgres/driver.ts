import { CsvTaker } from '../../csv/csv-taker.ts'
import { CsvText, cellText } from '../../csv/csv-text.ts'
import { RowError, TruncatedResponseError } from '../../errors.ts'
import { type Block, rowsOf } from '../../kernel/block.ts'
import { BlockText } from '../../kernel/text-kernel.ts'
import type { TableColumn } from '../../tables/columns.ts'
import { tableNames } from '../../tables/names.ts'
import type { TableOptions, TableSlice } from '../../tables/options.ts'
import type { LoadSteps } from '../load-steps.ts'
import type { TableCounts, TableDriver } from '../table-sink.ts'
import { copyError } from './copy-errors.ts'
import { CopyIn } from './copy-in.ts'
import { LineLedger, placeIn } from './line-ledger.ts'
import { analyze, insertAll, merge } from './merge.ts'
import { checkKeys, checkRows, checkTarget } from './misfits.ts'
import { type PostgresClient, type PostgresPool, Session } from './session.ts'
import { type CopiedTo, makeStage } from './stage.ts'
import { remove, statementsOf } from './statements.ts'
import { type Target, targetOf } from './table.ts'

/** In front of the rows: with a line there, the server counts those behind it exactly. */
const headerLine = Buffer.from('h\n')

/**
 * Rows into a table of Postgres, with COPY. The rows of a load that has to compare them, or must not touch the table for
 * as long as they take to come, go into a stage: a table of the columns that are loaded, which nobody else ever sees.
 */
export class PostgresDriver implements TableDriver {
  readonly dialect = 'postgres'
  readonly taker: CsvTaker
  readonly #options: TableOptions
  readonly #steps: LoadSteps | undefined
  readonly #session: Session
  readonly #csv = new CsvText({})
  readonly #ledger = new LineLedger()
  #target!: Target
  #into!: CopiedTo
  #copy!: CopyIn
  #isCopied = false
  #blocks: BlockText | undefined

  constructor(options: TableOptions, client: PostgresClient | PostgresPool, steps?: LoadSteps) {
    this.#options = options
    this.#steps = steps
    this.#session = new Session(client)
    this.taker = new CsvTaker(this.#csv)
  }

  async open(columns: readonly TableColumn[]): Promise<void> {
    const { table, mode = 'append' } = this.#options
    const session = this.#session
    if (this.#steps) await this.#steps.ready(columns)
    await session.begin()
    const target = await targetOf(
      session,
      tableNames('toPostgres', table, 'postgres'),
      columns,
      this.#options,
    )
    this.#target = target
    const replaced = this.#steps?.replaced()
    if (replaced) await remove(session, target, replaced)
    const isDirect = target.isFresh || mode === 'append'
    const isPlain = target.columns.every(({ isDay, isNew }) => !isDay && !isNew)
    this.#into = isDirect && isPlain ? target : await makeStage(session, target, !isDirect)
    const format = this.#csv.format(columns.length)
    this.#blocks = format && BlockText.create(format)
    await this.#startCopy()
  }

  async writeTaken(taken: unknown, rowNumber: number, rowCount: number): Promise<void> {
    await this.#send(taken as Buffer, rowNumber, rowCount)
  }

  async writeBlock(block: Block, rowNumber: number): Promise<void> {
    let bytes: Buffer | undefined
    try {
      bytes = this.#blocks?.write(block)
    } catch {
      // Row by row it is known which one it was.
    }
    if (bytes) await this.#send(bytes, rowNumber, block.rowCount)
    else await this.writeRows(rowsOf(block), rowNumber)
  }

  async writeRows(rows: readonly (readonly unknown[])[], rowNumber: number): Promise<void> {
    let text = ''
    for (const [at, row] of rows.entries()) {
      try {
        text += this.#csv.line(row)
      } catch (error) {
        throw this.#noText(error as Error, row, rowNumber + at)
      }
    }
    await this.#send(Buffer.from(text), rowNumber, rows.length)
  }

  async size(): Promise<number> {
    await this.#endCopy(0)
    const { rows } = await this.#session.query(`SELECT count(*) FROM ${this.#target.sql}`)
    return Number(rows[0]!['count'])
  }

  async settle(rowCount: number, slice: TableSlice | undefined): Promise<TableCounts> {
    await this.#endCopy(rowCount)
    const { mode = 'append' } = this.#options
    const session = this.#session
    const target = this.#target
    const into = this.#into.sql
    const isStaged = into !== target.sql
    const keys = target.columns.filter(({ isKey }) => isKey)
    if (isStaged) await analyze(session, into)
    if (mode === 'append' || target.isFresh) {
      if (isStaged || mode !== 'append') {
        await checkRows(session, into, target, slice, mode !== 'append')
      }
      if (isStaged) {
        await this.#addColumns()
        await insertAll(session, target, into)
      }
      if (mode !== 'append') await this.#addKey(into, keys)
      await this.#steps?.done(statementsOf(session))
      return { inserted: rowCount, updated: 0, deleted: 0, unchanged: 0 }
    }
    // Others may read it, and wait to write. It is ours until we have committed.
    await session.query(`LOCK TABLE ${target.sql} IN SHARE ROW EXCLUSIVE MODE`)
    await this.#addColumns()
    await checkTarget(session, target, keys)
    const counts = await merge(session, target, { stage: into, rowCount, mode, slice })
    await session.query(`DROP TABLE ${into}`)
    return counts
  }

  commit(): Promise<void> {
    return this.#session.commit(this.#target.sql)
  }

  rollBack(): Promise<void> {
    return this.#session.rollBack()
  }

  async #startCopy(): Promise<void> {
    const { columns } = this.#target
    const names = columns.map(({ sql }) => sql).join(', ')
    const never = columns.filter(({ isKey, isText }) => isKey && isText).map(({ sql }) => sql)
    const notNull = never.length ? `, FORCE_NOT_NULL (${never.join(', ')})` : ''
    // Whoever reads the stage then need not ask of each row whether it can be seen.
    const isFrozen = this.#into === this.#target ? '' : ', FREEZE true'
    this.#copy = new CopyIn(
      `COPY ${this.#into.sql} (${names}) FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8'${notNull}${isFrozen})`,
    )
    await this.#session.copy(this.#copy)
    await this.#copy.write(headerLine)
  }

  async #send(bytes: Buffer, rowNumber: number, rowCount: number): Promise<void> {
    const zero = bytes.indexOf(0)
    if (zero !== -1) {
      const { row, column } = placeIn(bytes, zero)
      const name = this.#target.columns[column]!.name
      throw new RowError('a cell holds U+0000, which Postgres can not store', {
        rowNumber: rowNumber + row,
        column: name,
      })
    }
    this.#ledger.add(bytes, rowCount)
    await this.#copying(() => this.#copy.write(bytes))
  }

  async #endCopy(rowCount: number): Promise<void> {
    if (this.#isCopied) return
    this.#isCopied = true
    const taken = await this.#copying(() => this.#copy.end())
    if (taken === rowCount) return
    throw new TruncatedResponseError(`Postgres took ${taken} of ${rowCount} rows`, {
      unit: 'rows',
      expected: rowCount,
      received: taken,
    })
  }

  async #copying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const columns = this.#target.columns.map(({ name }) => name)
      throw copyError(error as Error, this.#into.name, columns, (line) => this.#ledger.rowOf(line))
    }
  }

  async #addColumns(): Promise<void> {
    const added = this.#target.columns
      .filter(({ isNew }) => isNew)
      .map(({ sql, baseType }) => `ADD COLUMN IF NOT EXISTS ${sql} ${baseType}`)
    if (added.length) await this.#session.query(`ALTER TABLE ${this.#target.sql} ${added.join(', ')}`)
  }

  /** Behind the rows, which is twice as fast as in front of them. */
  async #addKey(rows: string, keys: Target['columns']): Promise<void> {
    const session = this.#session
    await session.query('SAVEPOINT keyless')
    try {
      const list = keys.map(({ sql }) => sql).join(', ')
      await session.query(`ALTER TABLE ${this.#target.sql} ADD PRIMARY KEY (${list})`)
    } catch (error) {
      if ((error as { code?: unknown }).code === '23505') {
        await session.query('ROLLBACK TO keyless')
        await checkKeys(session, rows, keys)
      }
      throw error
    }
  }

  #noText(error: Error, row: readonly unknown[], rowNumber: number): RowError {
    const at = row.findIndex((cell) => {
      try {
        cellText(cell)
        return false
      } catch {
        return true
      }
    })
    return new RowError(error.message, { rowNumber, column: this.#target.columns[at]?.name, cause: error })
  }
}
