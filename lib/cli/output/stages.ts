import type { RowStream, TransformTo } from '../../index.ts'
import { castCells, labelCells, selectColumns } from '../../index.ts'
import type { OutputOptions } from '../options/output.ts'

/** Rows as the options want them. */
export function asWanted(rows: RowStream, { cast, columns, labels }: OutputOptions): RowStream {
  const stages = [
    ...(cast ? [castCells()] : []),
    ...(labels ? [labelCells()] : []),
    // The last, as names and types go by what the columns are called on the server.
    ...(columns ? [selectColumns(columns.map(renamed))] : []),
  ] as TransformTo<unknown[]>[]
  // The types of through() count its stages.
  return stages.length === 0 ? rows : (rows.through as unknown as Chain)(...stages)
}

type Chain = (...stages: readonly TransformTo<unknown[]>[]) => RowStream

/** `ou=facility` is the column `ou`, called `facility`. */
function renamed(column: string): [string, string] {
  const [from = '', to] = column.split('=')
  return [from, to || from]
}
