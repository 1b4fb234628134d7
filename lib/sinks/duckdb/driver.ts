import { codecOf } from '../../columns/compression.ts'
import { GridColumns } from '../../columns/grid-columns.ts'
import { ParquetWriter } from '../../columns/parquet-writer.ts'
import { QueryError } from '../../errors.ts'
import type { Block } from '../../kernel/block.ts'
import type { TableColumn } from '../../tables/columns.ts'
import type { TableOptions, TableSlice } from '../../tables/options.ts'
import type { LoadSteps } from '../load-steps.ts'
import { StagingFile } from '../staging-file.ts'
import type { TableCounts, TableDriver } from '../table-sink.ts'
import { checkKeys, checkRows, checkTarget } from './checks.ts'
import { expectInserts, insertAll, merge } from './merge.ts'
import { type DuckDbConnection, Session } from './session.ts'
import { stagedBuilder } from './staged-builder.ts'
import { stagedName } from './staged-rows.ts'
import { remove, statementsOf } from './statements.ts'
import { type Target, targetOf } from './target.ts'

/** As DuckDB's own row groups. */
const groupRows = 122_880

/** Rows into a table of DuckDB, by way of a Parquet file: its appender takes twice as long. */
export class DuckDbDriver implements TableDriver {
  readonly dialect = 'duckdb'
  readonly #options: TableOptions
  readonly #steps: LoadSteps | undefined
  readonly #session: Session
  readonly #file = new StagingFile('parquet')
  #columns: readonly TableColumn[] = []
  #target!: Target
  #writer!: ParquetWriter

  constructor(options: TableOptions, connection: DuckDbConnection, steps?: LoadSteps) {
    this.#options = options
    this.#steps = steps
    this.#session = new Session(connection)
  }

  async open(columns: readonly TableColumn[]): Promise<void> {
    this.#columns = columns
    const session = this.#session
    if (this.#steps) await this.#steps.ready(columns)
    const target = await session.asking(async () => {
      const found = await targetOf(session, columns, this.#options)
      if (!found.isMissing && !found.columns.some(({ isNew }) => isNew)) await expectInserts(session, found)
      return found
    })
    this.#target = target
    const headers = columns.map(({ name }) => ({ name }))
    this.#writer = new ParquetWriter(
      (onFull) =>
        new GridColumns(headers, groupRows, onFull, ({ name }, capacity, held) =>
          stagedBuilder(target.columns.find((column) => column.name === name)!, capacity, held),
        ),
      {
        names: columns.map((_, at) => stagedName(at)),
        codec: codecOf('snappy')!,
        metadata: {},
        createdBy: 'dhis2-analytics-stream',
      },
    )
    this.#file.open()
  }

  async writeBlock(block: Block): Promise<void> {
    this.#writer.addBlock(block)
    await this.#file.write(this.#writer.take())
  }

  async writeRows(rows: readonly (readonly unknown[])[]): Promise<void> {
    for (const row of rows) this.#writer.addRow(row)
    await this.#file.write(this.#writer.take())
  }

  async size(): Promise<number> {
    const session = this.#session
    if (this.#target.isMissing) return 0
    const [counted] = await session.asking(() =>
      session.query(`SELECT count(*) AS size FROM ${this.#target.sql}`),
    )
    return Number(counted!['size'])
  }

  async settle(rowCount: number, slice: TableSlice | undefined): Promise<TableCounts> {
    this.#writer.end()
    await this.#file.write(this.#writer.take())
    this.#file.close()
    const { mode = 'append' } = this.#options
    const session = this.#session
    const { path } = this.#file
    await session.begin()
    const target = await this.#targetNow()
    await checkRows(session, path, target, slice, mode !== 'append')
    if (mode !== 'append') await checkKeys(session, path, target.columns, rowCount)
    if (target.isMissing) await this.#create(target)
    else await this.#addColumns(target)
    if (mode === 'append' || target.isMissing) {
      const replaced = this.#steps?.replaced()
      if (replaced) await remove(session, target, replaced)
      const inserted = await insertAll(session, target, path)
      if (mode !== 'append') await this.#addKey(target)
      await this.#steps?.done(statementsOf(session))
      return { inserted, updated: 0, deleted: 0, unchanged: 0 }
    }
    await checkTarget(session, target)
    return merge(session, target, path, rowCount, mode, slice)
  }

  async commit(): Promise<void> {
    await this.#session.commit()
    await this.#file.remove()
  }

  async rollBack(): Promise<void> {
    try {
      await this.#session.rollBack()
    } finally {
      await this.#file.remove()
    }
  }

  /** While the rows came others may have made the table, or changed it. */
  async #targetNow(): Promise<Target> {
    const target = await targetOf(this.#session, this.#columns, this.#options)
    const changed = target.columns.find(({ stagedType, takesNaN }, at) => {
      const before = this.#target.columns[at]!
      return stagedType !== before.stagedType || takesNaN !== before.takesNaN
    })
    if (!changed) return target
    throw new QueryError(
      `toDuckDb: the column ${changed.name} of ${target.sql} became ${changed.dataType} while the rows came`,
    )
  }

  async #create({ sql, columns }: Target): Promise<void> {
    const list = columns.map((column) => `${column.sql} ${column.dataType}`)
    await this.#session.run(`CREATE TABLE ${sql} (${list.join(', ')})`)
  }

  async #addColumns({ sql, columns }: Target): Promise<void> {
    for (const column of columns.filter(({ isNew }) => isNew)) {
      await this.#session.run(`ALTER TABLE ${sql} ADD COLUMN ${column.sql} ${column.dataType}`)
    }
  }

  /** Behind the rows, which is twice as fast as in front of them. */
  async #addKey({ sql, columns }: Target): Promise<void> {
    const keys = columns.filter(({ isKey }) => isKey).map((column) => column.sql)
    await this.#session.run(`ALTER TABLE ${sql} ADD PRIMARY KEY (${keys.join(', ')})`)
  }
}
