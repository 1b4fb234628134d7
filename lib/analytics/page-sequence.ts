import { isDeepStrictEqual } from 'node:util'
import { type RequestSummary, UnexpectedContentError } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { mergeMetaData } from './merge-meta-data.ts'
import type { PagedList } from './paging.ts'

/** What a server says of a page. Which of it depends on version and endpoint. */
interface Pager {
  page?: unknown
  pageSize?: unknown
  pageCount?: unknown
  isLastPage?: unknown
}

/**
 * Pages that follow each other: whether they fit together, and which is the last.
 *
 * The last is one that says so, or has no rows, or fewer than a page of this server holds. An empty page says it is
 * not the last, and is not believed.
 */
export class PageSequence {
  /** The number of the page under way, from 1. */
  page = 1
  headers: readonly Header[] | undefined
  /** Of all pages so far: later ones add their items and dimensions. Without the pager, which is a page's own. */
  metaData: MetaData | undefined
  readonly #list: PagedList
  #request: RequestSummary | undefined
  #pager: Pager | undefined
  #pageSize: number | undefined
  #rowCount = 0
  #keyColumn = -1
  #keys = new Set<unknown>()
  #previousKeys = new Set<unknown>()

  constructor(list: PagedList) {
    this.#list = list
  }

  /**
   * The headers of the page under way, and its metaData if that came before its rows.
   *
   * @throws UnexpectedContentError where they don't fit those of the first page.
   */
  begin(headers: readonly Header[], metaData: MetaData | undefined, request: RequestSummary): void {
    this.#request = request
    if (this.headers === undefined) {
      this.headers = headers
      this.#keyColumn = headers.findIndex(({ name }) => name === this.#list.key)
    } else if (!isDeepStrictEqual(headers.map(columnOf), this.headers.map(columnOf))) {
      this.#refuse(`other headers than page 1: ${headers.map(({ name }) => name).join(', ')}`)
    }
    if (metaData) this.#describe(metaData)
  }

  /**
   * A row of the page under way.
   *
   * @throws UnexpectedContentError where it is one too many, or was on the page before.
   */
  add(row: Row): void {
    const limit = this.#pageSize ?? this.#list.pageSize
    if (++this.#rowCount > limit) this.#refuse(`more than its ${limit} rows, so that the pages overlap`)
    if (this.#keyColumn === -1) return
    const key = row[this.#keyColumn]
    if (this.#previousKeys.has(key)) {
      this.#refuse(
        `${this.#list.key} ${String(key)}, which was on page ${this.page - 1}: rows change places between pages; ` +
          'give asc or desc a column that is different in each row',
      )
    }
    this.#keys.add(key)
  }

  /** Whether it is certain, at the first row of a page, that another page follows. */
  get goesOn(): boolean {
    if (!this.#pager) return !this.#list.hasPager
    const { isLastPage, pageCount } = this.#pager
    return isLastPage === false || (typeof pageCount === 'number' && this.page < pageCount)
  }

  /**
   * The page under way has ended; whether another follows.
   *
   * @throws UnexpectedContentError where it had no pager.
   */
  end(metaData: MetaData | undefined): boolean {
    if (metaData && !this.#pager) this.#describe(metaData)
    const rowCount = this.#rowCount
    const { isLastPage } = this.#pager ?? {}
    if (!this.#pager && this.#list.hasPager) {
      this.#refuse('no pager, so that nobody knows whether there are more pages')
    }
    this.page += 1
    this.#pager = undefined
    this.#rowCount = 0
    this.#previousKeys = this.#keys
    this.#keys = new Set()
    if (rowCount === 0 || isLastPage === true) return false
    return this.#pageSize === undefined || rowCount >= this.#pageSize
  }

  #describe({ pager, ...metaData }: MetaData): void {
    this.metaData = mergeMetaData(this.metaData, metaData)
    if (typeof pager !== 'object' || pager === null) return
    const { page, pageSize } = pager as Pager
    this.#pager = pager
    if (typeof page === 'number' && page !== this.page) this.#refuse(`the rows of page ${page}`)
    if (typeof pageSize !== 'number') return
    this.#pageSize ??= pageSize
    if (pageSize !== this.#pageSize) {
      this.#refuse(`pages of ${pageSize} rows, where those before it had ${this.#pageSize}`)
    }
  }

  #refuse(what: string): never {
    throw new UnexpectedContentError(`Page ${this.page} has ${what}`, { request: this.#request })
  }
}

/** What makes it the same column: labels may change with the items on a page. */
function columnOf({ name, valueType }: Header): unknown {
  return { name, valueType }
}
