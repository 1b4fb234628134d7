import type { RequestSummary } from '../errors.ts'
import type { Grid, Row } from '../grid/grid.ts'
import type { RowStream } from '../rows/row-stream.ts'

/** Rows that are all of an answer, from however many requests. */
export interface WholeRows extends RowStream {
  readonly request: RequestSummary
  readonly rowContext?: object | undefined
}

/** All of them as one Grid, in memory. */
export async function collectList(list: WholeRows): Promise<Grid> {
  const rows: Row[] = []
  for await (const row of list) rows.push(row)
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
