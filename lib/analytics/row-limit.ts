import type { TransformCallback } from 'node:stream'
import { type RequestSummary, TruncatedResponseError } from '../errors.ts'
import type { Row } from '../grid/grid.ts'
import { onUpstreamHeaders, RowTransform } from '../transforms/row-stream.ts'

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

/** The same rows, counted; `checkRowLimit` at their end. */
export class RowLimitGuard extends RowTransform {
  readonly #request: RequestSummary
  readonly #strict: boolean
  #rows = 0
  #upstream: RowTransform | undefined

  constructor(request: RequestSummary, strict: boolean) {
    super({ objectMode: true })
    this.#request = request
    this.#strict = strict
    this.on('pipe', (source: RowTransform) => {
      this.#upstream = source
    })
    onUpstreamHeaders(this, (headers, metaData) => this.announce(headers, metaData))
  }

  override _transform(row: Row, _: BufferEncoding, done: TransformCallback): void {
    this.#rows += 1
    done(null, row)
  }

  override _flush(done: TransformCallback): void {
    this.metaData ??= this.#upstream?.metaData
    try {
      checkRowLimit(this.#rows, this.#request, this.#strict)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
}
