import { type RequestSummary, UnexpectedContentError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'

/** What a server says of a page. Which of it depends on version, endpoint and `totalPages`. */
export interface Pager {
  readonly page?: number
  readonly pageSize?: number
  readonly pageCount?: number
  readonly total?: number
  readonly isLastPage?: boolean
}

/** A page as it was asked for. */
export interface AskedPage {
  readonly page: number
  readonly pageSize: number
}

/** What metaData says of the page; undefined where it says nothing. Of its fields only those of the right type. */
export function pagerIn(metaData: MetaData | undefined): Pager | undefined {
  const said = metaData?.['pager']
  if (typeof said !== 'object' || said === null) return undefined
  const fields = Object.entries(said).filter(([name, value]) =>
    name === 'isLastPage' ? typeof value === 'boolean' : Number.isInteger(value),
  )
  return Object.fromEntries(fields)
}

/**
 * Whether a page is the last, by its pager; undefined where that does not say.
 *
 * @throws UnexpectedContentError where it is another page than was asked for, or the pager contradicts itself.
 */
export function isLast(pager: Pager, asked: AskedPage, request: RequestSummary): boolean | undefined {
  const { page = asked.page, pageSize = asked.pageSize, pageCount, total, isLastPage } = pager
  if (pageSize < 1) {
    throw new UnexpectedContentError(
      `Page ${asked.page} says pageSize: ${pageSize}: this server gives no rows in pages; its setting ` +
        'keyAnalyticsMaxLimit has to be a positive number',
      { request },
    )
  }
  if (page !== asked.page) {
    // Past the end the pager names the last page.
    throw new UnexpectedContentError(`Page ${asked.page} has the rows of page ${page}`, { request })
  }
  if (pageSize > asked.pageSize) refuse(`says pageSize: ${pageSize}, where ${asked.pageSize} was asked for`)
  const says: [name: string, last: boolean][] = []
  if (isLastPage !== undefined) says.push([`isLastPage: ${isLastPage}`, isLastPage])
  if (pageCount !== undefined) says.push([`pageCount: ${pageCount}`, page >= pageCount])
  if (total !== undefined) says.push([`total: ${total}`, page * pageSize >= total])
  const [first] = says
  const other = says.find(([, last]) => last !== first?.[1])
  if (first && other) refuse(`says ${first[0]} and ${other[0]}, with pageSize: ${pageSize}`)
  return first?.[1]

  function refuse(what: string): never {
    throw new UnexpectedContentError(`Page ${asked.page} ${what}: these don't go together`, { request })
  }
}
