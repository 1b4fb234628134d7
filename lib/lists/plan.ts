import type { Asker } from '../asking/asker.ts'
import { frozenPeriods } from '../asking/frozen.ts'
import { isKeyword, levelsOf, mayMixLevels, withoutNested } from '../asking/org-units.ts'
import { QueryError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import { type Span, united } from '../periods/spans.ts'
import { apiOf, type ListQuestion } from '../query/list-question.ts'
import { inChunks, type Part, type Place } from './parts.ts'

/** What is asked for first of a list, and what the answers don't say of it. */
export interface Plan {
  readonly parts: readonly Part[]
  /** The periods that were asked for, and `spans`, their days: `[{ startDate: '2024-01-01', endDate: '2024-12-31' }]`. */
  readonly metaData: MetaData
}

/** What the server takes of events when nothing is said, said out loud so that all parts are of the same days. */
const usualPeriods = { by: 'startDate', periods: ['LAST_12_MONTHS'], spans: [] } as const

/**
 * The days and org units of a list as the server has them now: one part for each span of days, and for the org units
 * of each level, as events lose their dates and filters where a request has those of two.
 */
export async function planOf(
  asked: ListQuestion,
  pageSize: number,
  asker: Asker,
): Promise<Plan & { question: ListQuestion }> {
  const usual = asked.kind === 'events' ? usualPeriods : undefined
  const question = { ...asked, days: asked.days ?? usual }
  const { spans, metaData } = await spansOf(question, asker)
  const places = await placesOf(question, asker)
  const parts = (spans ?? [undefined]).flatMap((days) =>
    places.map((place) => ({
      days,
      place,
      page: 1,
      pageSize,
      order: undefined,
      isMeasured: false,
      size: undefined,
      totals: [],
      before: undefined,
    })),
  )
  return { question, parts, metaData }
}

async function spansOf(
  { endpoint, base, days }: ListQuestion,
  asker: Asker,
): Promise<{ spans: Span[] | undefined; metaData: MetaData }> {
  if (!days) return { spans: undefined, metaData: {} }
  const frozen = days.periods.length
    ? await frozenPeriods(asker, apiOf(endpoint), days.periods, base)
    : { spans: [], metaData: {} }
  const spans = united([...days.spans, ...frozen.spans])
  const told = spans.map(({ from, to }) => ({ startDate: from, endDate: to }))
  return { spans, metaData: { ...frozen.metaData, spans: told } }
}

async function placesOf(
  { kind, endpoint, base, ou }: ListQuestion,
  asker: Asker,
): Promise<(Place | undefined)[]> {
  if (!ou) return [undefined]
  const asIs = [{ items: ou.items, isAlone: false, isDisjoint: false }]
  if (kind !== 'events' || !mayMixLevels(ou.items)) return asIs
  const levels = await levelsOf(asker, apiOf(endpoint), ou.items, base)
  // Keywords beside others are said as what they stand for, so that it can't be read otherwise.
  if (levels.length === 1 && (ou.items.length === 1 || !ou.items.some(isKeyword))) return asIs
  const [, mode = 'DESCENDANTS'] = base.find(([name]) => name === 'ouMode') ?? []
  if (mode === 'SELECTED') return levels.flatMap((group) => inChunks(group.map(({ id }) => id)))
  if (mode === 'DESCENDANTS') return withoutNested(levels).flatMap((ids) => inChunks(ids))
  throw new QueryError(
    `Query: ou has org units of several levels, whose events the server does not tell apart under ouMode=${mode}; ask ` +
      'for one level',
  )
}
