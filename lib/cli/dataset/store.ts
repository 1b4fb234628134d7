import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import type { PieceStore } from '../../index.ts'
import { csvFiles, ndjsonFiles, parquetFiles } from '../../index.ts'
import { usage } from '../ending/failure.ts'
import type { FileFormat } from '../options/dataset.ts'
import { connectDatabase, ofDatabase } from '../output/connect-database.ts'
import { storeIn } from '../output/database.ts'
import { type TableTarget, tableTargetOf } from '../output/table-target.ts'

/** Where a dataset goes. */
export type DatasetTarget =
  | TableTarget
  | { readonly kind: 'folder'; readonly path: string; readonly files: FileFormat }

const storeOf = { parquet: parquetFiles, csv: csvFiles, ndjson: ndjsonFiles }

/** @throws Failure for what can't be, also for options that would do nothing. */
export function datasetTargetOf(
  to: string,
  { files, table }: { readonly files?: FileFormat | undefined; readonly table?: string | undefined },
): DatasetTarget {
  if (to === '-')
    throw usage('A dataset is no pipe', 'Give a folder or a database, or use dhis2-analytics pull.')
  const database = tableTargetOf(to, table)
  if (database && files !== undefined) {
    throw usage(`--format ${files} is for a folder of files, and ${to} is a database`, 'Leave --format out.')
  }
  if (database) return database
  if (table !== undefined) {
    throw usage(
      '--table is for databases',
      'Give a database with --to: postgres://localhost/warehouse, dhis2.duckdb, dhis2.sqlite',
    )
  }
  if (/^\.(parquet|csv|tsv|ndjson|jsonl|json|arrows?|xlsx?)$/i.test(extname(to))) {
    throw usage(
      `A dataset is a folder of files, and ${to} is called like one file`,
      'Give a folder, such as --to out/anc/, or use dhis2-analytics pull.',
    )
  }
  return { kind: 'folder', path: to, files: files ?? 'parquet' }
}

/** In words. */
export function placeText(target: DatasetTarget): string {
  return target.kind === 'table' ? `${target.table} of ${target.location}` : target.path
}

/** Does something with the store, and lets go of the database it is in. */
export async function withStore<T>(
  target: DatasetTarget,
  work: (store: PieceStore) => Promise<T>,
): Promise<T> {
  if (target.kind === 'folder') return work(storeOf[target.files](target.path))
  const database = await connectDatabase(target)
  try {
    return await work(await storeIn(database, target.table))
  } catch (error) {
    throw ofDatabase(error, target.dialect, 'What was written before is there: run it again.')
  } finally {
    await database.close()
  }
}

/** Whether there can be anything: a database that is a file would be made by looking. */
export function mayBeThere(target: DatasetTarget): boolean {
  if (target.kind === 'folder') return existsSync(target.path)
  return target.dialect === 'postgres' || existsSync(target.location)
}
