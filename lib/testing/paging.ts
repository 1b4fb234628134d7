/** How the endpoints that list things cut their rows into pages. */
export interface PagingRules {
  /** Whether the total is counted unless the client says otherwise: events do, the others don't. */
  totalPages: boolean
  /** The largest page; a larger `pageSize` is lowered to it without a word. */
  maxPageSize: number
  /** Where `paging=false` stops without a word. */
  pagingFalseLimit: number
  /** With `skipMeta=true` the row that tells whether there is another page leaks out: tracked entities. */
  leaksLookahead: boolean
}

/** The rows of one page, counted from 0, `to` not included; and the pager, where there is one. */
export interface Page {
  from: number
  to: number
  pager?: Readonly<Record<string, number | boolean>>
}

/** The page that a query asks for, out of `rows` rows. */
export function pageOf(query: URLSearchParams, rows: number, rules: PagingRules): Page {
  if (query.get('paging') === 'false') return { from: 0, to: Math.min(rows, rules.pagingFalseLimit) }
  const page = Math.max(1, Number(query.get('page') ?? 1))
  const pageSize = Math.min(Math.max(1, Number(query.get('pageSize') ?? 50)), rules.maxPageSize)
  // Where no largest page is set, old servers send empty pages for ever.
  if (pageSize === 0) return { from: 0, to: 0, pager: { page, pageSize, isLastPage: false } }
  const from = Math.min(rows, (page - 1) * pageSize)
  const to = Math.min(rows, from + pageSize)
  if (query.get('skipMeta') === 'true' && rules.leaksLookahead) return { from, to: Math.min(rows, to + 1) }
  if ((query.get('totalPages') ?? String(rules.totalPages)) === 'true') {
    // Past the end the last page is named.
    const pageCount = Math.ceil(rows / pageSize)
    const named = Math.min(page, Math.max(1, pageCount))
    return { from, to, pager: { page: named, total: rows, pageSize, pageCount } }
  }
  // An empty page is not called the last one.
  return { from, to, pager: { page, pageSize, isLastPage: to > from && to === rows } }
}
