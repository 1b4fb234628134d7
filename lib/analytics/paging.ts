import { QueryError } from '../errors.ts'
import { formatOf } from '../http/content.ts'

/** How the rows of a list are asked for in pages. */
export interface Paging {
  /** Rows a page. A server that allows fewer gives fewer. Default 10,000. */
  pageSize?: number | undefined
}

/** What pages are asked for in, beside `page` and `pageSize`. The total would be counted anew for each page. */
const always = 'paging=true&totalPages=false'

/** What the endpoints that list things sort by, where the query does not say. */
const orders = { events: 'eventdate', enrollments: 'enrollmentdate', trackedEntities: 'created' } as const

/** What identifies a row of them: the name of its column. */
const keys = { events: 'psi', enrollments: 'pi', trackedEntities: 'trackedentity' } as const

/** A list to be had in pages. */
export interface PagedList {
  /** As it was asked for; the server may give fewer. */
  readonly pageSize: number
  /** The column that no two rows have the same value in. */
  readonly key: string
  /** Whether a page must say how it was cut: all but those without any metaData. */
  readonly hasPager: boolean
  searchOf(page: number): string
}

/**
 * The pages of a query.
 *
 * @throws QueryError where the endpoint has no pages, or the parameters would get in their way.
 */
export function pagedList(
  { pageSize = 10_000 }: Paging,
  endpoint: string,
  search: string,
  params: readonly (readonly [string, string])[],
): PagedList {
  const kind = /\/analytics\/(events|enrollments|trackedEntities)\/query\/[^/]+$/.exec(endpoint)?.[1]
  if (kind === undefined || formatOf(endpoint) !== 'json') {
    throw new QueryError(
      'Query: paging is for the JSON of events, enrollments and tracked entities queries; leave it out, as other ' +
        'endpoints answer in one piece',
    )
  }
  const list = kind as keyof typeof orders
  const names = params.map(([name]) => name)
  const taken = ['page', 'pageSize', 'paging', 'totalPages'].filter((name) => names.includes(name))
  if (taken.length) throw new QueryError(`Query: leave ${taken.join(', ')} out of params beside paging`)
  const skipsMeta = params.some(([name, value]) => name === 'skipMeta' && value !== 'false')
  if (skipsMeta && list === 'trackedEntities') {
    throw new QueryError(
      'Query: tracked entities can not be had in pages with skipMeta, because their pages then overlap; leave it out',
    )
  }
  const isOrdered = names.includes('asc') || names.includes('desc')
  const base = [search, ...(isOrdered ? [] : [`asc=${orders[list]}`]), always].filter(Boolean).join('&')
  return {
    pageSize,
    key: keys[list],
    hasPager: !skipsMeta,
    searchOf: (page) => `${base}&pageSize=${pageSize}&page=${page}`,
  }
}
