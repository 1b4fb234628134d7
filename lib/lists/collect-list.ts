import type { Grid, Row } from '../grid/grid.ts'
import type { ListRows } from './list-rows.ts'

/** A whole list as one Grid, in memory. */
export async function collectList(list: ListRows): Promise<Grid> {
  const rows: Row[] = []
  for await (const row of list) rows.push(row as Row)
  const { headers = [], metaData = {}, rowContext } = list
  return {
    headers: [...headers],
    metaData,
    ...(rowContext && { rowContext }),
    rows,
    width: rows[0]?.length ?? 0,
    height: rows.length,
    headerWidth: headers.length,
  }
}
