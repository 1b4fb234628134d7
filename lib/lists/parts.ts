import type { Span } from '../periods/spans.ts'
import type { ListQuestion, Pair } from '../query/list-question.ts'
import type { Pager } from './pager.ts'
import type { Total } from './total.ts'

/** Org units that a part of a list is asked for. */
export interface Place {
  readonly items: readonly string[]
  /** Whether it is their own rows alone, without those of the org units below. */
  readonly isAlone: boolean
  /** Whether none of them may lie below another, nor stand for others. */
  readonly isDisjoint: boolean
}

/** A part of a list: what one answer is to hold all of, or is cut again. */
export interface Part {
  /** Undefined for all days there are. */
  readonly days: Span | undefined
  readonly place: Place | undefined
  readonly page: number
  readonly pageSize: number
  /** In place of the question's own order: what pages are cut in the order of. */
  readonly order: readonly Pair[] | undefined
  /** Whether its rows are counted before they are asked for. */
  readonly isMeasured: boolean
  /** How many rows it has, where that was told. */
  readonly size: number | undefined
  /** What the rows of this part and of others have to come to. */
  readonly totals: readonly Total[]
  /** What the page before said. */
  readonly before: Pager | undefined
}

/** The parameters that ask for a part. */
export function pairsOf(
  question: ListQuestion,
  { days, place, page, pageSize, order = question.order }: Part,
  totalPages = false,
): Pair[] {
  const { base, ou, kind } = question
  const isLeftOut = ([name]: Pair) =>
    // Without metaData there is no pager: tracked entities then come with one row too many, counts without the count.
    (name === 'skipMeta' && (kind === 'trackedEntities' || totalPages)) ||
    (name === 'ouMode' && place?.isAlone)
  return [
    ...(ou && place ? [[ou.as, `ou:${place.items.join(';')}`] as const] : []),
    ...base.filter((pair) => !isLeftOut(pair)),
    ...(place?.isAlone ? [['ouMode', 'SELECTED'] as const] : []),
    ...(days ? daysAsked(question.days?.by ?? 'startDate', days) : []),
    ...order,
    ['paging', 'true'],
    ['totalPages', String(totalPages)],
    ['pageSize', String(pageSize)],
    ['page', String(page)],
  ]
}

function daysAsked(by: string, { from, to }: Span): Pair[] {
  return by === 'startDate'
    ? [
        ['startDate', from],
        ['endDate', to],
      ]
    : [[by, `${from}_${to}`]]
}

/** A part in words, for people. */
export function nameOf({ days, place, page }: Part): string {
  const when = days && (days.from === days.to ? days.from : `${days.from} to ${days.to}`)
  const ids = place?.items ?? []
  const shown = ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ')
  const where = shown && `org unit ${shown}${place?.isAlone ? ' itself' : ''}`
  return [when, where, page > 1 && `page ${page}`].filter(Boolean).join(', ') || 'the list'
}

/** Ids of org units that a request has room for: 12 bytes each of the 8,000 that a URL may have. */
const mostIds = 400

/** Org units as places of so many. */
export function inChunks(ids: readonly string[], size = mostIds): Place[] {
  const chunk = Math.min(size, mostIds)
  return Array.from({ length: Math.ceil(ids.length / chunk) }, (_, i) => ({
    items: ids.slice(i * chunk, (i + 1) * chunk),
    isAlone: false,
    isDisjoint: true,
  }))
}
