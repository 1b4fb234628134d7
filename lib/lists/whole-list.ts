import { isDeepStrictEqual } from 'node:util'
import { TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { mergeMetaData } from '../grid/merge-meta-data.ts'
import type { ListQuestion } from '../query/list-question.ts'
import { isLast, pagerIn } from './pager.ts'
import { nameOf } from './parts.ts'
import { SeenKeys } from './seen-keys.ts'
import type { OpenPart } from './walk.ts'

/** A list put together from its parts: what they have in common, and whether they are all of it, each row once. */
export class WholeList {
  headers: readonly Header[] | undefined
  /** Of all parts so far: later ones add their items and dimensions. Without the pager, which is a page's own. */
  metaData: MetaData | undefined
  /** What `rowContext` said of the rows of all parts, by their number in the whole. */
  rowContext: Record<string, unknown> | undefined
  readonly #question: ListQuestion
  readonly #keys = new SeenKeys()
  #keyColumn = -1
  #open: OpenPart | undefined
  #rowCount = 0
  #rowsBefore = 0

  /** `metaData` is what is known beside what the answers say. */
  constructor(question: ListQuestion, metaData: MetaData) {
    this.#question = question
    this.metaData = metaData
  }

  /**
   * A part has its headers.
   *
   * @throws UnexpectedContentError where they are not those of the first part.
   */
  begin(open: OpenPart): void {
    this.#open = open
    this.#rowCount = 0
    const { headers = [], metaData } = open.rows
    if (this.headers === undefined) {
      this.headers = headers
      this.#keyColumn = this.#hasKey() ? headers.findIndex(({ name }) => this.#keyNames.includes(name)) : -1
    } else if (!isDeepStrictEqual(headers.map(columnOf), this.headers.map(columnOf))) {
      const names = headers.map(({ name }) => name).join(', ')
      throw this.#unexpected(`has other headers than those before it: ${names}`)
    }
    this.#describe(metaData)
  }

  /**
   * A row of the part under way.
   *
   * @throws UnexpectedContentError where it is one too many, or came before.
   */
  add(row: Row): void {
    const { pageSize } = this.#open!.part
    if (++this.#rowCount > pageSize) throw this.#unexpected(`has more rows than the ${pageSize} of its page`)
    if (this.#keyColumn === -1) return
    const key = row[this.#keyColumn]
    if (typeof key === 'string' && key !== '' && !this.#keys.add(key)) {
      throw this.#unexpected(`has ${this.headers![this.#keyColumn]!.name} ${key}, which came before`)
    }
  }

  /**
   * The part under way has ended.
   *
   * @throws UnexpectedContentError, TruncatedResponseError where it is not what was said of it.
   */
  end(): void {
    const { part, prepared, rows } = this.#open!
    this.#describe(rows.metaData)
    const pager = pagerIn(rows.metaData)
    const last = pager && isLast(pager, part, prepared.request)
    const pageSize = pager?.pageSize ?? part.pageSize
    if (last === undefined && part.size === undefined) {
      throw this.#unexpected('has no pager, so that nobody knows whether it is whole')
    }
    if (last === false && this.#rowCount === 0 && part.page > 1) {
      throw this.#unexpected('has no rows, and the page before it said that more follow')
    }
    if (last === false && this.#rowCount > 0 && (!part.order || this.#rowCount !== pageSize)) {
      throw this.#unexpected(`has ${this.#rowCount} rows of ${pageSize}, and says that more follow`)
    }
    const expected = part.size ?? restOf(pager?.total, part.page, pageSize)
    if (expected !== undefined && expected !== this.#rowCount) {
      throw new TruncatedResponseError(
        `${nameOf(part)} should have ${expected} rows, but ${this.#rowCount} came`,
        { request: prepared.request, unit: 'rows', expected, received: this.#rowCount },
      )
    }
    const { total, pageSize: before } = part.before ?? {}
    if (total !== undefined && pager?.total !== undefined && pager.total < total) {
      throw this.#unexpected(`says total: ${pager.total}, where the page before it said ${total}`)
    }
    if (before !== undefined && pager?.pageSize !== undefined && pager.pageSize !== before) {
      throw this.#unexpected(`is a page of ${pager.pageSize} rows, where those before it had ${before}`)
    }
    for (const each of part.totals) each.add(this.#rowCount, prepared.request)
    this.#keepContext(rows.fields.get('rowContext'))
    this.#rowsBefore += this.#rowCount
  }

  get #keyNames(): readonly string[] {
    return this.#question.key
  }

  /** Rows of another output type repeat what they are about. */
  #hasKey(): boolean {
    return this.#question.base.every(([name, value]) => name !== 'outputType' || value === 'EVENT')
  }

  #keepContext(said: unknown): void {
    if (typeof said !== 'object' || said === null) return
    for (const [row, context] of Object.entries(said)) {
      this.rowContext ??= {}
      this.rowContext[Number(row) + this.#rowsBefore] = context
    }
  }

  #describe(said: MetaData | undefined): void {
    if (!said) return
    const { pager: _, ...metaData } = said
    this.metaData = mergeMetaData(this.metaData, metaData)
  }

  #unexpected(what: string): UnexpectedContentError {
    const { part, prepared } = this.#open!
    return new UnexpectedContentError(`${nameOf(part)} ${what}`, { request: prepared.request })
  }
}

/** How many rows a page has, of a total. */
function restOf(total: number | undefined, page: number, pageSize: number): number | undefined {
  return total === undefined ? undefined : Math.max(0, Math.min(pageSize, total - (page - 1) * pageSize))
}

/** What makes it the same column: labels may change with the items of a part. */
function columnOf({ name, valueType }: Header): unknown {
  return { name, valueType }
}
