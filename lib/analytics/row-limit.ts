import { type RequestSummary, TruncatedResponseError } from '../errors.ts'
import type { Row } from '../grid/grid.ts'
import { rowStage } from '../transforms/row-stage.ts'
import type { TransformTo } from '../transforms/row-stream.ts'

/** Where DHIS2 stops by default: enrollments, and the look-ahead that events and tracked entities add. */
const serverLimits: readonly number[] = [100_000, 100_001]

/**
 * Whether this request may be cut off without a word: `paging=false` on an endpoint that pages gives no more rows
 * than the server's limit, and neither a pager nor an error.
 */
export function mayBeCutOff({ url }: RequestSummary): boolean {
  const { pathname, searchParams } = new URL(url)
  return (
    /\/analytics\/(events|enrollments|trackedEntities)\/query\//.test(pathname) &&
    searchParams.getAll('paging').includes('false')
  )
}

/**
 * Speaks up where as many rows came as a server gives at most: a process warning, code `DHIS2_ROW_LIMIT`.
 *
 * @throws TruncatedResponseError instead, where `strict`.
 */
export function checkRowLimit(rows: number, request: RequestSummary, strict: boolean): void {
  if (!serverLimits.includes(rows)) return
  const message =
    `Exactly ${rows} rows came with paging=false, which is where DHIS2 stops without saying so; ` +
    'ask for pages (paging=true, pageSize, page, and asc or desc) to be sure of all'
  if (strict) throw new TruncatedResponseError(message, { request, unit: 'rows', received: rows })
  const { pathname } = new URL(request.url)
  process.emitWarning(`${message} [${request.method} ${pathname}]`, {
    type: 'Dhis2AnalyticsWarning',
    code: 'DHIS2_ROW_LIMIT',
  })
}

/** The same rows; `checkRowLimit` at their end. */
export function rowLimitGuard(request: RequestSummary, strict: boolean): TransformTo<Row> {
  let rows = 0
  return rowStage({}, (headers) => ({
    headers,
    step(row, rowNumber) {
      rows = rowNumber
      return row
    },
    end: () => checkRowLimit(rows, request, strict),
  }))
}
