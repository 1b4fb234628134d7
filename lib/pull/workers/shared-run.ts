import { quoted } from '../../tables/names.ts'
import type { Plan } from '../piece.ts'
import { Dataset } from '../refresh/dataset.ts'
import { SharedColumns } from '../run/columns.ts'
import { Ledger } from '../run/ledger.ts'
import { Sizes } from '../run/sizes.ts'
import { JournalTables } from '../stores/journal-tables.ts'
import { OpenTableStore } from '../stores/open-table-store.ts'
import type { TableDatabase } from '../stores/table-database.ts'
import type { ServerPlaces } from './places.ts'
import type { RunSettings } from './settings.ts'
import { insideOf, type QueryInside } from './wake.ts'
import { type Claim, SharedHold } from './work.ts'
import { makeWorkTables } from './work-tables.ts'

/** How long a dataset is the workers' where none of them is heard of, in seconds. */
export const datasetLeaseSeconds = 120

/** The name of the run of a table. */
export function runOf(table: readonly string[]): string {
  return JSON.stringify(table)
}

/** A run that workers share, as one of them knows it. */
export class SharedRun {
  readonly run: string
  /** What has the dataset as long as it lasts. */
  readonly holder: string
  readonly settings: RunSettings
  readonly begunAt: Date
  readonly dataset: Dataset
  readonly journal: JournalTables
  readonly hold: SharedHold
  readonly store: OpenTableStore
  readonly database: TableDatabase
  readonly columns: SharedColumns
  /** Whether its columns were known when this was read. */
  readonly hasColumns: boolean
  readonly sizes = new Sizes()
  readonly claims: Map<string, Claim>

  private constructor(found: Found, database: TableDatabase, planFrom: (json: unknown) => Plan) {
    this.run = found.run
    this.holder = found.holder
    this.settings = found.settings
    this.begunAt = found.begunAt
    this.database = database
    this.journal = found.journal
    this.claims = new Map()
    const table = database.names.map(quoted).join('.')
    this.hold = new SharedHold(
      found.journal,
      found.holder,
      found.run,
      table,
      this.claims,
      found.places,
      found.wake,
    )
    this.store = new OpenTableStore(database, found.journal, { ...found.kept, hold: this.hold })
    this.dataset = new Dataset(this.store, planFrom)
    const { columns } = this.ledger()
    this.hasColumns = columns !== undefined
    this.columns = new SharedColumns(columns)
  }

  /** Reads it; undefined where the table is not the workers' (any more). */
  static async read(
    database: TableDatabase,
    planFrom: (json: unknown) => Plan,
    places: ServerPlaces,
    wake: (query: QueryInside, afterMs: number) => Promise<unknown>,
  ): Promise<SharedRun | undefined> {
    const run = runOf(database.names)
    const journal = new JournalTables(database, datasetLeaseSeconds)
    const found = await database.transaction(async (statements) => {
      const query = insideOf(statements)
      await makeWorkTables(query)
      const { rows } = await query(
        'SELECT holder, settings, begun_at FROM dhis2_worker_runs WHERE run = $1 AND ended_at IS NULL FOR UPDATE',
        [run],
      )
      const row = rows[0]
      const known = row && (await journal.find(statements))
      if (!row || !known) return undefined
      if (known.holder !== row['holder']) {
        // Another run has taken it over, and nobody does what was left.
        await query('DELETE FROM dhis2_worker_work WHERE run = $1', [run])
        await query('UPDATE dhis2_worker_runs SET ended_at = clock_timestamp() WHERE run = $1', [run])
        return undefined
      }
      return {
        run,
        journal,
        places,
        wake,
        holder: String(row['holder']),
        settings: JSON.parse(String(row['settings'])) as RunSettings,
        begunAt: row['begun_at'] as Date,
        kept: { known, ...(await journal.read(statements)) },
      }
    })
    return found && new SharedRun(found, database, planFrom)
  }

  /** What became of it when it was read. */
  ledger(): Ledger {
    return new Ledger(this.dataset.firstCount, this.store.events)
  }
}

interface Found {
  readonly run: string
  readonly holder: string
  readonly settings: RunSettings
  readonly begunAt: Date
  readonly journal: JournalTables
  readonly places: ServerPlaces
  readonly wake: (query: QueryInside, afterMs: number) => Promise<unknown>
  readonly kept: Pick<ConstructorParameters<typeof OpenTableStore>[2], 'known' | 'events' | 'written'>
}
