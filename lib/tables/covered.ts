import { QueryError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import { idsOf } from '../grid/meta-data.ts'
import type { TableColumn } from './columns.ts'
import type { TableSlice } from './options.ts'

/**
 * The rows that a query could have given, by the answer: `metaData.dimensions` names the items of each dimension, those of
 * keywords and relative periods too, as they were when it was asked. Dimensions that are no column of the key, as those of
 * filters, tell no rows apart.
 *
 * @throws QueryError where the answer does not say, or of a dimension says no items: those of conditions are like that
 * (`GT:5`), and who takes it for all of them deletes what the query never asked for.
 */
export function coveredBy(
  who: string,
  columns: readonly TableColumn[],
  metaData: MetaData | undefined,
): TableSlice {
  const slice: Record<string, readonly string[]> = {}
  for (const { name, isKey } of columns) {
    const ids = isKey && metaData ? idsOf(metaData, name) : undefined
    if (!ids) continue
    if (ids.length === 0) throw unknown(who, `the answer does not say which items of ${name} it covers`)
    slice[name] = ids
  }
  if (Object.keys(slice).length > 0) return slice
  throw unknown(
    who,
    'the answer does not say what it covers: it has no metaData (skipMeta), or none for the columns of the key',
  )
}

function unknown(who: string, why: string): QueryError {
  return new QueryError(
    `${who}: ${why}; say in slice which rows are replaced: slice: { pe: ['202401', '202402'] }`,
  )
}
