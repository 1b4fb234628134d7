import { pipeline } from 'node:stream'
import { type Asker, refusedWith } from '../asking/asker.ts'
import { childrenOf, isKeyword, levelsOf, withoutNested } from '../asking/org-units.ts'
import { QueryError, TruncatedResponseError, UnexpectedContentError } from '../errors.ts'
import type { PreparedRequest } from '../http/open.ts'
import { dayCount, divided, isDay, type Span } from '../periods/spans.ts'
import { apiOf, type ListQuestion } from '../query/list-question.ts'
import { RowParser } from '../transforms/parse-rows.ts'
import { isLast, type Pager, pagerIn } from './pager.ts'
import { inChunks, nameOf, type Part, type Place, pairsOf } from './parts.ts'
import { Total } from './total.ts'

/** What servers give at most in one page unless they are told otherwise: their setting `keyAnalyticsMaxLimit`. */
const usualLimit = 100_000

/** How many parts of a list are under way at once: the one that is read, and those behind it. */
const partsAtOnce = 3

/** How many pieces a part is cut into at most. */
const mostPieces = 64

/** The rows of a part, on their way: `rows` holds its first row already, or has ended. */
export interface OpenPart {
  readonly part: Part
  readonly prepared: PreparedRequest
  readonly rows: RowParser
}

type Outcome = { readonly open: OpenPart; readonly behind?: Part } | { readonly pieces: readonly Part[] }

interface Waiting {
  readonly part: Part
  outcome?: Promise<Outcome>
  /** Whether it holds one of the places that there are for what is not read yet. */
  isAhead?: boolean
}

/**
 * Walks through a list in parts of which each is one answer that says it is the last page.
 *
 * The whole list is asked for first. Where one answer can't hold it, it is cut into disjoint windows of days, down to
 * one day, then into org units and those below them. Where the server can count, it says how many rows a window has
 * before they are asked for. Tracked entities are walked by pages instead, in the order of their id, which no two
 * share. Pages in any other order lose rows, as rows that tie change places from one request to the next.
 */
export class Walk {
  readonly #question: ListQuestion
  readonly #asker: Asker
  readonly #queue: Waiting[]
  readonly #partsAtOnce: number
  #limit = usualLimit
  #canCount = true
  #closed = false

  /** `isAhead` says whether parts are asked for before they are read. */
  constructor(question: ListQuestion, asker: Asker, parts: readonly Part[], isAhead: boolean) {
    this.#partsAtOnce = isAhead ? partsAtOnce : 1
    this.#question = question
    this.#asker = asker
    this.#queue = parts.map((part) => ({ part }))
  }

  /** The next part, in order; undefined behind the last. Whoever gets it reads it before the next one. */
  async next(): Promise<OpenPart | undefined> {
    for (;;) {
      this.#start()
      const [first] = this.#queue
      if (!first) return undefined
      const outcome = await first.outcome!
      if ('open' in outcome) {
        this.#queue.shift()
        return outcome.open
      }
      this.#queue.splice(0, 1, ...outcome.pieces.map((part) => ({ part })))
    }
  }

  /** Asks for a part anew, of which no row was handed on. */
  again({ part }: OpenPart): Promise<OpenPart> {
    return this.#open(part)
  }

  /** No more is wanted: the requests are ended by whoever gave the asker its signal. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#queue) this.#giveBack(waiting)
  }

  /**
   * The first part has to be under way; those behind it as far as there are connections to spare, so that walks beside
   * each other never hold all of them with parts that nobody reads yet.
   */
  #start(): void {
    if (this.#closed) return
    for (const waiting of this.#queue.slice(0, this.#partsAtOnce)) {
      const isFirst = waiting === this.#queue[0]
      if (isFirst) this.#giveBack(waiting)
      if (waiting.outcome) continue
      if (!isFirst) {
        if (!this.#asker.server.ahead.take()) return
        waiting.isAhead = true
      }
      waiting.outcome = this.#resolved(waiting)
      // Its failure waits for its turn.
      waiting.outcome.catch(() => undefined)
    }
  }

  #giveBack(waiting: Waiting): void {
    if (waiting.isAhead) this.#asker.server.ahead.give()
    waiting.isAhead = false
  }

  async #resolved(waiting: Waiting): Promise<Outcome> {
    const outcome = await this.#outcomeOf(waiting.part)
    if ('open' in outcome && outcome.behind) {
      this.#queue.splice(this.#queue.indexOf(waiting) + 1, 0, { part: outcome.behind })
      this.#start()
    }
    return outcome
  }

  async #outcomeOf(asked: Part): Promise<Outcome> {
    const part = { ...asked, pageSize: Math.min(asked.pageSize, this.#limit) }
    if (!part.isMeasured) return this.#outcomeOfAnswer(part)
    const size = part.size ?? (await this.#count(part))
    const fits = size === undefined ? !(await this.#hasMore(part)) : size <= part.pageSize
    return fits ? this.#outcomeOfAnswer({ ...part, size }) : { pieces: await this.#cut({ ...part, size }) }
  }

  async #outcomeOfAnswer(part: Part): Promise<Outcome> {
    const open = await this.#open(part)
    const { pager, last } = whatIsSaid(open)
    // metaData that comes behind the rows is looked at then.
    const isToldLater = open.rows.metaData === undefined && part.isMeasured
    if (last ?? (isToldLater || part.size !== undefined)) return { open }
    if (last === false && part.order) return { open, behind: { ...part, page: part.page + 1, before: pager } }
    open.rows.destroy()
    const isLowered = pager?.pageSize !== undefined && pager.pageSize < part.pageSize
    if (isLowered) this.#limit = Math.min(this.#limit, pager.pageSize!)
    const measured = { ...part, isMeasured: true, pageSize: Math.min(part.pageSize, this.#limit) }
    const isById = this.#question.kind === 'trackedEntities'
    if (part.order && last === undefined) throw contradiction(open)
    if (!part.isMeasured && last === undefined) {
      return { pieces: isById ? await this.#countedPages(measured, open) : [measured] }
    }
    if (part.isMeasured && !isLowered) throw contradiction(open)
    if (isById) return { pieces: [this.#byId(part, open.rows)] }
    const size = part.size ?? (await this.#count(part))
    if (size !== undefined && size <= Math.min(part.pageSize, this.#limit)) throw contradiction(open)
    return { pieces: await this.#cut({ ...measured, size }) }
  }

  async #open(part: Part): Promise<OpenPart> {
    const prepared = this.#asker.prepare(this.#question.endpoint, pairsOf(this.#question, part))
    const body = this.#asker.body(prepared)
    const rows = new RowParser({})
    // Whatever goes wrong destroys the parser with it, which is where it is listened to.
    pipeline(body, rows, () => undefined)
    await new Promise<void>((resolve, reject) => {
      rows.once('readable', resolve).once('error', reject)
    })
    return { part, prepared, rows }
  }

  /** How many rows a part has; undefined on a server that can't tell, as 2.43 can't of enrollments. */
  async #count(part: Part): Promise<number | undefined> {
    if (!this.#canCount) return undefined
    const pairs = pairsOf(this.#question, { ...part, page: 1, pageSize: 1, order: [] }, true)
    try {
      const { metaData } = await this.#asker.grid(this.#question.endpoint, pairs)
      const total = pagerIn(metaData)?.total
      this.#canCount = total !== undefined
      return total
    } catch (error) {
      if (!refusedWith(error, 'E7145')) throw error
      this.#canCount = false
      return undefined
    }
  }

  /** Whether there is a row behind those that one answer holds. */
  async #hasMore(part: Part): Promise<boolean> {
    const pairs = pairsOf(this.#question, { ...part, page: part.pageSize + 1, pageSize: 1, order: [] })
    const { rows } = await this.#asker.grid(this.#question.endpoint, pairs)
    return rows.length > 0
  }

  /** A part that is too large for one answer, in pieces that cover it and don't overlap. */
  async #cut(part: Part): Promise<Part[]> {
    if (this.#question.order.length) throw orderLost(part)
    const pieces = await this.#pieces(part)
    for (const total of part.totals) total.cut(pieces.length)
    const totals =
      part.size === undefined ? part.totals : [...part.totals, new Total(part.size, pieces.length)]
    return pieces.map((piece) => ({ ...part, size: undefined, ...piece, totals }))
  }

  async #pieces(part: Part): Promise<Partial<Part>[]> {
    const days = part.days ?? (await this.#allDays(part))
    if (dayCount(days) > 1) {
      const wanted = part.size === undefined ? 2 : Math.ceil((2 * part.size) / part.pageSize)
      return divided(days, Math.min(Math.max(wanted, 2), mostPieces)).map((each) => ({ days: each }))
    }
    // Better one large answer than another query for each org unit.
    if (part.pageSize < this.#limit) return [{ days, pageSize: this.#limit, size: part.size }]
    const places = await this.#places(part.place)
    if (places.length > 1) return places.map((place) => ({ days, place }))
    throw new TruncatedResponseError(
      `${nameOf({ ...part, days })} has ${part.size ?? `more than ${part.pageSize}`} rows, and this server gives ` +
        `${this.#limit} at most (keyAnalyticsMaxLimit); narrow the question by a filter, and ask for the rest apart`,
      { unit: 'rows', expected: part.size, received: 0 },
    )
  }

  /** From the first day to the last, of a list that was asked for without any. */
  async #allDays(part: Part): Promise<Span> {
    const { kind, base } = this.#question
    const column = kind === 'events' ? 'eventdate' : 'enrollmentdate'
    const question = { ...this.#question, base: base.filter(([name]) => name !== 'headers') }
    const edge = async (order: 'asc' | 'desc') => {
      const asked = { ...part, page: 1, pageSize: 1, order: [[order, column]] as const }
      const { headers, rows } = await this.#asker.grid(question.endpoint, pairsOf(question, asked))
      const cell = rows[0]?.[headers.findIndex(({ name }) => name === column)]
      const day = String(cell ?? '').slice(0, 10)
      if (isDay(day)) return day
      throw new UnexpectedContentError(
        `The first row by ${order} ${column} has no such date, so that the list can't be cut by days; ask for it by ` +
          'another date, or with startDate and endDate',
      )
    }
    return { from: await edge('asc'), to: await edge('desc') }
  }

  /** Org units in halves; one as its own rows and those of the org units below it. */
  async #places(place: Place | undefined): Promise<Place[]> {
    if (!place || place.isAlone) return []
    const { endpoint, base } = this.#question
    const api = apiOf(endpoint)
    const reachesDown = base.every(([name, value]) => name !== 'ouMode' || value === 'DESCENDANTS')
    const ids = place.isDisjoint ? place.items : await this.#disjoint(place.items, reachesDown)
    if (ids.length > 1) return inChunks(ids, Math.ceil(ids.length / 2))
    const below = reachesDown ? await childrenOf(this.#asker, api, ids[0]!) : []
    return below.length ? [{ items: ids, isAlone: true, isDisjoint: true }, ...inChunks(below)] : []
  }

  /** The org units that items stand for, without those whose rows are among those of others. */
  async #disjoint(items: readonly string[], reachesDown: boolean): Promise<readonly string[]> {
    if (items.length === 1 && !isKeyword(items[0]!)) return items
    const { endpoint, base } = this.#question
    const levels = await levelsOf(this.#asker, apiOf(endpoint), items, base)
    return reachesDown ? withoutNested(levels).flat() : levels.flat().map(({ id }) => id)
  }

  /** All pages, where no page says before its rows whether it is the last. */
  async #countedPages(part: Part, open: OpenPart): Promise<Part[]> {
    const size = await this.#count(part)
    if (size === undefined) throw contradiction(open)
    if (size <= part.pageSize) return [{ ...part, size }]
    const first = this.#byId(part, open.rows)
    return Array.from({ length: Math.ceil(size / part.pageSize) }, (_, i) => {
      const rest = size - i * part.pageSize
      return { ...first, page: i + 1, size: Math.min(rest, part.pageSize) }
    })
  }

  /** The first of pages in the order of what no two rows share. */
  #byId(part: Part, { headers = [] }: RowParser): Part {
    const names = this.#question.key
    const name = names.find((each) => headers.some((header) => header.name === each))
    const own = this.#question.order
    const isById = own.length === 1 && names.includes(own[0]![1])
    if (own.length && !isById) throw orderLost(part)
    if (!name && !isById) {
      throw new QueryError(
        `Query: more rows than one answer holds can only be had with their id; put ${names.join(' or ')} into headers`,
      )
    }
    return { ...part, order: isById ? own : [['asc', name!]] }
  }
}

/** What an answer says of itself, as far as that came before its rows; nothing of no rows at all is the whole list. */
function whatIsSaid({ part, prepared, rows }: OpenPart): {
  pager: Pager | undefined
  last: boolean | undefined
} {
  const pager = pagerIn(rows.metaData)
  if (!pager) return { pager, last: undefined }
  const last = isLast(pager, part, prepared.request)
  // Tracked entities say of an empty page that it is not the last.
  const isNothing = part.page === 1 && rows.readableLength === 0 && !pager.total && !pager.pageCount
  return { pager, last: last || isNothing }
}

function orderLost(part: Part): QueryError {
  return new QueryError(
    `Query: asc and desc can't be kept: ${nameOf(part)} has more rows than one answer holds, and in pieces the order ` +
      'of the whole is lost; leave them out, or ask for less',
  )
}

function contradiction({ part, prepared, rows }: OpenPart): UnexpectedContentError {
  const what = !pagerIn(rows.metaData)
    ? 'has no pager, so that nobody knows whether it is whole'
    : part.size === undefined
      ? 'does not say that it is the last page, but no row follows'
      : `does not say that it is the last page, but there are only ${part.size} rows`
  return new UnexpectedContentError(`${nameOf(part)}: the answer ${what}`, { request: prepared.request })
}
