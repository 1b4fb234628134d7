import type { RequestSummary } from '../errors.ts'
import type { Grid } from '../grid/grid.ts'
import { PageSequence } from './page-sequence.ts'
import type { PagedList } from './paging.ts'

/**
 * All pages as one Grid, in memory: `pageOf` gets each, and the request it came from. Its other fields are those of the
 * first page.
 *
 * @throws what `PageSequence` and `pageOf` do.
 */
export async function collectPages(
  list: PagedList,
  pageOf: (page: number) => Promise<{ grid: Grid; request: RequestSummary }>,
): Promise<Grid> {
  const sequence = new PageSequence(list)
  let whole: Grid | undefined
  for (;;) {
    const { grid, request } = await pageOf(sequence.page)
    sequence.begin(grid.headers, grid.metaData, request)
    for (const row of grid.rows) sequence.add(row)
    whole = whole ? joined(whole, grid) : grid
    if (!sequence.end(grid.metaData)) break
  }
  return { ...whole, metaData: sequence.metaData ?? {}, height: whole.rows.length }
}

function joined(whole: Grid, { rows, rowContext }: Grid): Grid {
  const before = whole.rows.length
  for (const row of rows) whole.rows.push(row)
  if (typeof rowContext !== 'object' || rowContext === null) return whole
  // Its keys are the numbers of rows, counted from the first of the page.
  const shifted = Object.entries(rowContext).map(([row, context]) => [Number(row) + before, context])
  return { ...whole, rowContext: { ...(whole['rowContext'] as object), ...Object.fromEntries(shifted) } }
}
